/** `/explorer/campaigns/:id/banners/:banner`: where a banner stands in each quarter, and what it would have needed. */

import type { Verdict } from '../../../contract/evaluation.ts'
import type { ExplainedBanner } from '../../../contract/explain.ts'
import { QUARTER_MINUTES } from '../../../contract/explain-words.ts'
import { formatCount } from '../../../contract/format-count.ts'
import { DATASETS, type Dataset } from '../../../contract/schema.ts'
import { BANNER_HEIGHT, BANNER_WIDTH } from '../../banner/link.ts'
import type { NoFigures } from '../data/no-figures.ts'
import { formatRate, formatRevenue } from '../format.ts'
import { Stability, Why } from '../parts/banner-card.tsx'
import { LossNotice, NoFiguresNotice, Notice } from '../parts/notice.tsx'
import { Page, renderPage } from '../parts/page.tsx'
import { LiveTag } from '../parts/quarter-nav.tsx'

/** What the page shows. */
export interface BannerView {
  readonly root: string
  readonly campaignId: number
  readonly bannerId: number
  readonly imageUrl: string
  readonly isDenied: boolean
  readonly live: Dataset
  readonly standings: readonly Standing[]
  readonly currency: string
  /** Days on which its ranks changed, the oldest first. */
  readonly days: readonly RankDay[]
  /** Files of the history that are damaged. */
  readonly losses: readonly string[]
  readonly noFigures: NoFigures | undefined
}

/** Ranks of a banner at the end of a day. */
export interface RankDay {
  /** 2026-11-30 */
  readonly day: string
  /** By quarter; null: out. */
  readonly ranks: readonly (number | null)[]
}

/** Where the banner stands in one quarter. */
export interface Standing {
  readonly dataset: Dataset
  /** In the pool; null: it is out. */
  readonly rank: number | null
  /** Undefined: it is no candidate there, or the figures are not known. */
  readonly figures: ExplainedBanner | undefined
  readonly candidates: number | undefined
  /** As of a card. */
  readonly stability: number | undefined
  readonly verdict: Verdict | undefined
}

/** 1, 2 and 3 */
const LIST = new Intl.ListFormat('en-GB')

/** Renders the page. */
export function renderBanner(view: BannerView): string {
  const { root, campaignId, bannerId, imageUrl, noFigures } = view
  return renderPage(
    <Page title={`Banner ${bannerId} of campaign ${campaignId}`} root={root}>
      <p class="crumbs">
        <a href={`${root}explorer/campaigns/${campaignId}`}>Campaign {campaignId}</a>
      </p>
      <h1>Banner {bannerId}</h1>
      {view.isDenied && <Notice>The denylist names it, so it is not served.</Notice>}
      <img class="banner" src={imageUrl} width={BANNER_WIDTH} height={BANNER_HEIGHT} alt="" />
      <p>
        {summaryOf(view.standings)}{' '}
        <a href={`${root}explorer/banners/${bannerId}`}>Banner {bannerId} in all campaigns</a>
      </p>
      {noFigures !== undefined && <NoFiguresNotice reason={noFigures} />}
      <div class="standings">
        {view.standings.map((standing) => (
          <QuarterStanding standing={standing} view={view} />
        ))}
      </div>
      <LossNotice losses={view.losses} />
      {view.days.length > 0 && <Ranking days={view.days} />}
    </Page>,
  )
}

function summaryOf(standings: readonly Standing[]): string {
  const places = standings.filter(({ rank }) => rank !== null)
  if (places.length === 0) return 'It is in no pool of the campaign.'
  if (places.length === standings.length) return 'It is in the pools of all four quarters.'
  const quarters = places.length === 1 ? 'quarter' : 'quarters'
  return `It is in the pool of ${quarters} ${LIST.format(places.map(({ dataset }) => String(dataset)))}.`
}

function QuarterStanding({
  standing: { dataset, rank, figures, candidates, stability, verdict },
  view,
}: {
  standing: Standing
  view: BannerView
}) {
  const id = `quarter-${dataset}`
  return (
    <section class="standing" aria-labelledby={id}>
      <h2 id={id}>
        Quarter {dataset}, {QUARTER_MINUTES[dataset]} {dataset === view.live && <LiveTag />}
      </h2>
      <p>
        <strong>{rank === null ? 'Out' : `In, rank ${rank}`}</strong>
      </p>
      {figures !== undefined && <Why figures={figures} />}
      {stability !== undefined && verdict !== undefined && (
        <Stability stability={stability} verdict={verdict} />
      )}
      {figures !== undefined && (
        <Ranks figures={figures} candidates={candidates} currency={view.currency} />
      )}
      {figures === undefined && view.noFigures === undefined && (
        <p>No candidate: it had no impression and no click for this campaign.</p>
      )}
    </section>
  )
}

function Ranking({ days }: { days: readonly RankDay[] }) {
  return (
    <section aria-labelledby="days">
      <h2 id="days">Day by day</h2>
      <table class="campaigns narrow">
        <caption>
          Its rank at the end of the days on which it changed (UTC), the newest first
        </caption>
        <thead>
          <tr>
            <th scope="col">Day</th>
            {DATASETS.map((dataset) => (
              <th scope="col" class="number">
                <abbr title={`Quarter ${dataset}, ${QUARTER_MINUTES[dataset]}`}>Q{dataset}</abbr>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {days.toReversed().map(({ day, ranks }) => (
            <tr>
              <th scope="row">{day}</th>
              {ranks.map((rank) => (
                <td class="number">{rank ?? 'out'}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Ranks({
  figures,
  candidates,
  currency,
}: {
  figures: ExplainedBanner
  candidates: number | undefined
  currency: string
}) {
  const rankOf = (rank: number) =>
    `${formatCount(rank)}${candidates === undefined ? '' : ` of ${formatCount(candidates)}`}`
  const rows: readonly (readonly [string, string])[] = [
    ['Revenue', `${formatRevenue(figures.revenue)}${currency}`],
    ['Rank by revenue', rankOf(figures.revenue_rank)],
    ['Clicks', formatCount(figures.clicks)],
    ['Rank by clicks', rankOf(figures.click_rank)],
    ['Conversions', formatCount(figures.conversions)],
    ['Impressions', formatCount(figures.impressions)],
    ['Revenue per 1,000', formatRate(Number(figures.revenue), figures.impressions, 2)],
    ['Clicks per 1,000', formatRate(figures.clicks, figures.impressions)],
  ]
  return (
    <dl class="rows">
      {rows.map(([name, value]) => (
        <div>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
