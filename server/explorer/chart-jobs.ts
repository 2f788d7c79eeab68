/** Which charts pages have, and what each says. */
import { formatCount } from '../../contract/format-count.ts'
import type { Dataset } from '../../contract/schema.ts'
import type { ChartJob } from './data/charts.ts'
import type { QuarterEvaluation } from './data/evaluation.ts'
import type { QuarterFigures } from './data/figures.ts'
import type { RecordedBuild } from './data/history.ts'
import { formatNumberOf, formatShare, formatSum, unit } from './format.ts'
import type { BannerDayRow } from './parts/banner-history.tsx'
import type { DayRow } from './parts/days.tsx'

/** A chart with its title. */
export interface NamedChart {
  readonly title: string
  readonly job: ChartJob
}

/** Builds of a chart; columns of more are too thin. */
const MAX_BUILDS = 90

/** Revenue and turnover from build to build; none where there are not two. */
export function chartBuilds(builds: readonly RecordedBuild[], currency: string): NamedChart[] {
  const shown = builds.slice(-MAX_BUILDS)
  const revenues = shown.flatMap(({ created_at, pool_revenue: revenue }) =>
    revenue === null ? [] : [{ atMs: Date.parse(created_at), value: Number(revenue) }],
  )
  const changes = shown.flatMap(({ created_at, changed_pools: value }) =>
    value === null ? [] : [{ atMs: Date.parse(created_at), value }],
  )
  const last = shown.at(-1)
  const revenue: NamedChart = {
    title: `Revenue in pools${currency === '' ? '' : `,${currency}`}`,
    job: {
      kind: 'line',
      label: `Line: revenue in pools of ${formatNumberOf(revenues.length, 'build')}, the last ${formatSum(last?.pool_revenue ?? '0.000000')}`,
      moments: revenues,
    },
  }
  const turnover: NamedChart = {
    title: 'Pools changed, build by build',
    job: {
      kind: 'columns',
      label: `Columns: pools changed in ${formatNumberOf(changes.length, 'build')}, the last ${formatCount(last?.changed_pools ?? 0)}`,
      moments: changes,
    },
  }
  return [...(revenues.length > 1 ? [revenue] : []), ...(changes.length > 1 ? [turnover] : [])]
}

/** What a banner earned, and in how many pools it was, day by day; none where there are not two. */
export function chartBanner(days: readonly BannerDayRow[], currency: string): NamedChart[] {
  const last = days.at(-1)
  if (days.length < 2 || last === undefined) return []
  const charts: NamedChart[] = []
  const earned = days.flatMap(({ day, earned }) =>
    earned === null ? [] : [{ atMs: Date.parse(day), value: Number(earned.revenue) }],
  )
  // A line of noughts says nothing.
  if (earned.length > 1 && earned.some(({ value }) => value > 0) && last.earned !== null) {
    const label = `Line: what the banner had earned on ${formatNumberOf(earned.length, 'day')}, the last ${formatSum(last.earned.revenue)}`
    const title = `Revenue, day by day${unit(currency)}`
    charts.push({ title, job: { kind: 'line', label, moments: earned } })
  }
  const moments = days.map(({ day, pools }) => ({ atMs: Date.parse(day), value: pools }))
  const label = `Line: pools that had the banner on ${formatNumberOf(days.length, 'day')}, the last ${formatCount(last.pools)}`
  charts.push({ title: 'Pools that had it, day by day', job: { kind: 'line', label, moments } })
  return charts
}

/** What the page of a campaign draws of the quarter that is shown. */
interface CampaignFacts {
  readonly days: readonly DayRow[]
  readonly shown: Dataset
  readonly figures: QuarterFigures | undefined
  readonly evaluations: readonly QuarterEvaluation[]
  readonly currency: string
}

/** Revenue day by day, on how few banners it is, and promised against brought. */
export function chartCampaign({
  days,
  shown,
  figures,
  evaluations,
  currency,
}: CampaignFacts): NamedChart[] {
  const charts: NamedChart[] = []
  const last = days.at(-1)
  if (days.length > 1 && last !== undefined) {
    const moments = days.map(({ day, poolRevenue }) => {
      return { atMs: Date.parse(day), value: Number(poolRevenue) }
    })
    const label = `Line: revenue in the pools on ${formatNumberOf(days.length, 'day')}, the last ${formatSum(last.poolRevenue)}`
    const title = `Revenue in its pools, day by day${currency === '' ? '' : `,${currency}`}`
    charts.push({ title, job: { kind: 'line', label, moments } })
  }
  const earned = figures?.earned ?? []
  if (earned.length > 1) {
    const label = `Curve: ${describeConcentration(earned)}`
    const title = `On how few banners the revenue of quarter ${shown} is`
    charts.push({ title, job: { kind: 'concentration', label, values: earned } })
  }
  const rows = evaluations.flatMap(({ dataset, naive, honest, chance }) =>
    naive === null || honest.value === null || chance.value === null
      ? []
      : [
          {
            name: `quarter ${dataset}`,
            ...{ promised: naive, brought: honest.value, chance: chance.value },
          },
        ],
  )
  if (rows.length > 0) {
    const words = rows.map(
      ({ name, promised, brought, chance }) =>
        `${name} ${Math.round(promised)}, ${Math.round(brought)}, ${Math.round(chance)}`,
    )
    const label = `Dots: revenue per 1,000 impressions promised, brought, and of any banner: ${words.join('; ')}`
    const title = 'Promised (ring), brought (dot), any banner (line), per 1,000 impressions'
    charts.push({ title, job: { kind: 'promised', label, rows } })
  }
  return charts
}

/** Says on how few banners half of the revenue is. */
export function describeConcentration(earned: readonly number[]): string {
  const all = earned.reduce((sum, value) => sum + value, 0)
  let sum = 0
  const half = earned.findIndex((value) => {
    sum += value
    return sum >= all / 2
  })
  return `half of the revenue is on ${formatNumberOf(half + 1, 'banner')}, ${formatShare((half + 1) / earned.length)} of those that earned`
}
