/** `/explorer/campaigns/:id`: the pools of a campaign, why they are as they are, and what just missed. */

import { describePoolVerdict } from '../../../contract/evaluation-words.ts'
import { describeRule, QUARTER_MINUTES } from '../../../contract/explain-words.ts'
import { formatCount } from '../../../contract/format-count.ts'
import type { Guarded } from '../../../contract/guarded.ts'
import type { Dataset } from '../../../contract/schema.ts'
import type { QuarterEvaluation } from '../data/evaluation.ts'
import type { QuarterFigures } from '../data/figures.ts'
import type { NoFigures } from '../data/no-figures.ts'
import { formatNumberOf, formatShare, formatSum } from '../format.ts'
import { type Card, CardList, scaleOf } from '../parts/banner-card.tsx'
import { Charts, type DrawnChart } from '../parts/charts.tsx'
import { type DayRow, Days } from '../parts/days.tsx'
import { EmbedCode } from '../parts/embed-code.tsx'
import { GuardedNotice } from '../parts/guarded.tsx'
import { LossNotice, NoFiguresNotice, Notice } from '../parts/notice.tsx'
import { Page, renderPage } from '../parts/page.tsx'
import { type Draw, Preview } from '../parts/preview.tsx'
import { type Quarter, QuarterNav } from '../parts/quarter-nav.tsx'
import { BannerForm } from '../parts/searches.tsx'
import { SideBySide, type SidePool } from '../parts/side-by-side.tsx'

/** What the page shows. */
export interface CampaignView {
  readonly root: string
  readonly campaignId: number
  readonly isDenied: boolean
  /** Its pools that stay as they are. */
  readonly guarded: readonly Guarded[]
  readonly quarters: readonly Quarter[]
  readonly shown: Dataset
  readonly live: Dataset
  /** The pool of the shown quarter, by rank. */
  readonly pool: readonly Card[]
  /** The next that are out. */
  readonly missed: readonly Card[]
  /** Of the shown quarter; undefined: the campaign has no candidate there, or the figures are not known. */
  readonly figures: QuarterFigures | undefined
  /** Of the pool of the shown quarter; undefined: the build was not evaluated. */
  readonly evaluation: QuarterEvaluation | undefined
  readonly noFigures: NoFigures | undefined
  readonly currency: string
  /** Banners of each quarter side by side, by rank. */
  readonly pools: readonly SidePool[]
  /** What it was on the days of the history, the oldest first. */
  readonly days: readonly DayRow[]
  /** The campaigns before and after it by id. */
  readonly charts: readonly DrawnChart[]
  /** On how few banners the revenue is; undefined: too few earned. */
  readonly concentration: string | undefined
  readonly previousId: number | undefined
  readonly nextId: number | undefined
  readonly draw: Draw | undefined
  /** Absolute: where visitors get their banners. */
  readonly campaignUrl: string
  readonly scriptUrl: string
  readonly previewUrl: string
  /** Files of the history that are damaged. */
  readonly losses: readonly string[]
}

/** Renders the page. */
export function renderCampaign(view: CampaignView): string {
  const { root, campaignId, quarters, shown, live, noFigures } = view
  return renderPage(
    <Page title={`Campaign ${campaignId}`} root={root}>
      <Neighbours view={view} />
      <h1>Campaign {campaignId}</h1>
      {view.isDenied && <Notice>The denylist names this campaign: none of it is served.</Notice>}
      <GuardedNotice guarded={view.guarded} root={root} />
      <BannerSearch root={root} campaignId={campaignId} />
      <QuarterNav quarters={quarters} shown={shown} live={live} />
      {noFigures !== undefined && <NoFiguresNotice reason={noFigures} />}
      <Pool view={view} />
      {view.missed.length > 0 && <Missed view={view} />}
      <Charts charts={view.charts} />
      <SideBySide pools={view.pools} root={root} campaignId={campaignId} />
      <LossNotice losses={view.losses} />
      {view.days.length > 0 && <Days days={view.days} currency={view.currency} />}
      <Preview dataset={shown} draw={view.draw} campaignUrl={view.campaignUrl} />
      <EmbedCode
        campaignId={campaignId}
        campaignUrl={view.campaignUrl}
        scriptUrl={view.scriptUrl}
        previewUrl={view.previewUrl}
      />
    </Page>,
  )
}

function Neighbours({ view: { root, previousId, nextId } }: { view: CampaignView }) {
  const path = `${root}explorer/campaigns/`
  return (
    <nav class="crumbs" aria-label="Other campaigns">
      <a href={root}>Campaigns</a>
      {previousId !== undefined && (
        <a href={`${path}${previousId}`} rel="prev">
          ‹ {previousId}
        </a>
      )}
      {nextId !== undefined && (
        <a href={`${path}${nextId}`} rel="next">
          {nextId} ›
        </a>
      )}
    </nav>
  )
}

function Pool({ view }: { view: CampaignView }) {
  const { shown, live, pool, figures, evaluation, currency } = view
  return (
    <section aria-labelledby="pool">
      <h2 id="pool">
        The pool of quarter {shown}, {QUARTER_MINUTES[shown]}
        {shown === live && ' (live now)'}
      </h2>
      {figures !== undefined && (
        <Rule figures={figures} currency={currency} concentration={view.concentration} />
      )}
      {evaluation !== undefined && <p>{describePoolVerdict(evaluation)}</p>}
      {pool.length === 0 ? (
        <p>No banner of the campaign had an impression or a click in this quarter.</p>
      ) : (
        <CardList cards={pool} scale={scaleOf(figures?.pool ?? [])} />
      )}
    </section>
  )
}

function Rule({
  figures,
  currency,
  concentration,
}: {
  figures: QuarterFigures
  currency: string
  concentration: string | undefined
}) {
  const { converted_count, candidate_count, revenue, pool_revenue } = figures
  const share = Number(pool_revenue) / Number(revenue)
  return (
    <p>
      {formatCount(converted_count)} of {formatNumberOf(candidate_count, 'candidate')} converted, so
      the pool is {describeRule(figures)}.
      {share > 0 &&
        ` It earned ${formatSum(pool_revenue)}${currency}, ${formatShare(share)} of the ${formatSum(revenue)} that all candidates did.`}
      {concentration !== undefined && ` Of all candidates, ${concentration}.`}
    </p>
  )
}

function Missed({ view: { missed, figures } }: { view: CampaignView }) {
  return (
    <section aria-labelledby="missed">
      <h2 id="missed">Just missed</h2>
      <CardList cards={missed} scale={scaleOf(figures?.pool ?? [])} />
    </section>
  )
}

function BannerSearch({ root, campaignId }: { root: string; campaignId: number }) {
  return (
    <search>
      <BannerForm
        action={`${root}explorer/campaigns/${campaignId}/banners`}
        label="Why is my banner not shown? Banner id"
        button="Explain"
      />
    </search>
  )
}
