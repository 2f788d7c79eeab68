/** A banner of a pool, or one that missed it. */

import { nameStability, type Sureness, type Verdict } from '../../../contract/evaluation.ts'
import type { ExplainedBanner } from '../../../contract/explain.ts'
import { chanceWords, needsWords, REASON_WORDS } from '../../../contract/explain-words.ts'
import { formatCount } from '../../../contract/format-count.ts'
import type { Reason } from '../../../contract/schema.ts'
import { BANNER_HEIGHT, BANNER_WIDTH } from '../../banner/link.ts'
import { formatRate, formatShare } from '../format.ts'
import type { PlaceHistory } from '../since-when.ts'
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
  /** As it is written among the others. */
  readonly revenue: string
  /** Undefined: it is out, or the history does not tell. */
  readonly history: PlaceHistory | undefined
  /** Share of half samples in which it is in the pool; undefined: it is out, or the build was not evaluated. */
  readonly stability: number | undefined
  /** Of its pool. */
  readonly verdict: Verdict | undefined
  readonly isDenied: boolean
  readonly imageUrl: string
  /** To the page of the banner. */
  readonly href: string
}

/**
 * Cards in a row, the best first; each run of the same reason below a sentence that says it once.
 */
export function CardList({ cards, scale }: { cards: readonly Card[]; scale: Scale }) {
  return (
    <>
      {groupByReason(cards).map(({ reason, group }) => (
        <>
          {reason !== undefined && <p class="reason">{asSentence(REASON_WORDS[reason])}</p>}
          <ol class="cards">
            {group.map((card) => (
              <BannerCard card={card} scale={scale} />
            ))}
          </ol>
        </>
      ))}
    </>
  )
}

function groupByReason(cards: readonly Card[]): { reason?: Reason; group: Card[] }[] {
  const groups: { reason?: Reason; group: Card[] }[] = []
  for (const card of cards) {
    const reason = card.figures?.reason
    const last = groups.at(-1)
    if (last !== undefined && last.reason === reason) last.group.push(card)
    else groups.push({ ...(reason !== undefined && { reason }), group: [card] })
  }
  return groups
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
        {figures !== undefined && <Figures card={card} figures={figures} scale={scale} />}
        {figures !== undefined && <Lacks figures={figures} />}
        {card.history !== undefined && <Since history={card.history} />}
        {card.stability !== undefined && card.verdict !== undefined && (
          <Stability stability={card.stability} verdict={card.verdict} />
        )}
      </div>
    </li>
  )
}

function Figures({ card, figures, scale }: { card: Card; figures: ExplainedBanner; scale: Scale }) {
  const { impressions, clicks, conversions } = figures
  const rates = [
    ['Conversions', formatCount(conversions)],
    ['Impressions', formatCount(impressions)],
    ['Revenue per 1,000', formatRate(Number(figures.revenue), impressions, 2)],
    ['Clicks per 1,000', formatRate(clicks, impressions)],
    ['Conversions per 1,000 clicks', formatRate(conversions, clicks)],
  ]
  return (
    <dl class="bars">
      <div>
        <dt>Revenue</dt>
        <dd>
          <span>{card.revenue}</span>
          <Bar value={Number(figures.revenue)} greatest={scale.revenue} />
        </dd>
      </div>
      <div>
        <dt>Clicks</dt>
        <dd>
          <span>{formatCount(clicks)}</span>
          <Bar value={clicks} greatest={scale.clicks} />
        </dd>
      </div>
      {rates.map(([name, value]) => (
        <div>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

/** Since when a banner is in, and how its rank changed. */
function Since({ history: { since, isKnown, moved } }: { history: PlaceHistory }) {
  return (
    <p class="why">
      In the pool since {isKnown ? '' : 'at least '}
      <time datetime={since}>{since}</time>
      {moved !== null && moved !== 0 && `, ${movedWords(moved)}`}.
    </p>
  )
}

function movedWords(moved: number): string {
  const places = Math.abs(moved) === 1 ? 'place' : 'places'
  return `${Math.abs(moved)} ${places} ${moved > 0 ? 'up' : 'down'} since the day before`
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
  return (
    <>
      <p class="why">{asSentence(REASON_WORDS[figures.reason])}</p>
      <Lacks figures={figures} />
    </>
  )
}

/** What a banner that is out would need. */
function Lacks({ figures }: { figures: ExplainedBanner }) {
  const { needs } = figures
  if (needs === null) return null
  const chance = chanceWords(figures)
  return (
    <p class="why">
      It would need <strong>{needsWords(needs)}</strong>
      {chance !== '' && ` (${chance})`}.
    </p>
  )
}

function asSentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`
}
