/** A banner of a pool, or one that missed it. */

import { nameStability, type Sureness, type Verdict } from '../../../contract/evaluation.ts'
import type { ExplainedBanner } from '../../../contract/explain.ts'
import { chanceWords, needsWords, REASON_WORDS } from '../../../contract/explain-words.ts'
import { formatCount } from '../../../contract/format-count.ts'
import { BANNER_HEIGHT, BANNER_WIDTH } from '../../banner/link.ts'
import { formatRevenue, formatShare } from '../format.ts'
import { Bar } from './bar.tsx'

/** What the bars of several cards are measured against. */
export interface Scale {
  readonly revenue: number
  readonly clicks: number
}

/** A banner as a card shows it. */
export interface Card {
  readonly bannerId: number
  /** In the pool; null: it is out. */
  readonly rank: number | null
  /** Undefined: they are not known. */
  readonly figures: ExplainedBanner | undefined
  /** Share of half samples in which it is in the pool; undefined: it is out, or the build was not evaluated. */
  readonly stability: number | undefined
  /** Of its pool. */
  readonly verdict: Verdict | undefined
  readonly isDenied: boolean
  readonly imageUrl: string
  /** To the page of the banner. */
  readonly href: string
}

/** Cards in a row, the best first. */
export function CardList({ cards, scale }: { cards: readonly Card[]; scale: Scale }) {
  return (
    <ol class="cards">
      {cards.map((card) => (
        <BannerCard card={card} scale={scale} />
      ))}
    </ol>
  )
}

/** The scale on which the greatest bar is full. */
export function scaleOf(banners: readonly ExplainedBanner[]): Scale {
  return {
    revenue: Math.max(0, ...banners.map(({ revenue }) => Number(revenue))),
    clicks: Math.max(0, ...banners.map(({ clicks }) => clicks)),
  }
}

function BannerCard({ card, scale }: { card: Card; scale: Scale }) {
  const { bannerId, rank, figures, isDenied, imageUrl, href } = card
  return (
    <li class="card">
      <img src={imageUrl} width={BANNER_WIDTH} height={BANNER_HEIGHT} alt="" />
      <div class="about">
        <h3>
          {rank === null ? (
            <span class="rank">Out:</span>
          ) : (
            <span class="rank">
              <span class="hidden">Rank </span>
              {rank}.
            </span>
          )}{' '}
          <a href={href}>Banner {bannerId}</a>
          {isDenied && <span class="tag warn">denied</span>}
        </h3>
        {figures !== undefined && <Figures figures={figures} scale={scale} />}
        {figures !== undefined && <Why figures={figures} />}
        {card.stability !== undefined && card.verdict !== undefined && (
          <Stability stability={card.stability} verdict={card.verdict} />
        )}
      </div>
    </li>
  )
}

function Figures({ figures, scale }: { figures: ExplainedBanner; scale: Scale }) {
  return (
    <dl class="bars">
      <div>
        <dt>Revenue</dt>
        <dd>
          <span>{formatRevenue(figures.revenue)}</span>
          <Bar value={Number(figures.revenue)} greatest={scale.revenue} />
        </dd>
      </div>
      <div>
        <dt>Clicks</dt>
        <dd>
          <span>{formatCount(figures.clicks)}</span>
          <Bar value={figures.clicks} greatest={scale.clicks} />
        </dd>
      </div>
    </dl>
  )
}

/** How sure a place in a pool is. */
export function Stability({ stability, verdict }: { stability: number; verdict: Verdict }) {
  return (
    <p class="why">
      Here in {formatShare(stability)} of random halves of the clicks:{' '}
      <strong>{PLACE_WORDS[nameStability(stability, verdict)]}</strong>.
    </p>
  )
}

const PLACE_WORDS: Readonly<Record<Sureness, string>> = {
  safe: 'safe',
  steady: 'steady, though the pool brings no more than chance',
  unsure: 'unsure',
  'coin toss': 'a coin toss',
}

/** Why it is in or out, as a sentence. */
export function Why({ figures }: { figures: ExplainedBanner }) {
  const { reason, needs } = figures
  const chance = chanceWords(figures)
  return (
    <p class="why">
      {asSentence(REASON_WORDS[reason])}
      {needs !== null && (
        <>
          {' '}
          It would need <strong>{needsWords(needs)}</strong>
          {chance !== '' && ` (${chance})`}.
        </>
      )}
    </p>
  )
}

function asSentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`
}
