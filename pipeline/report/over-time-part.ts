import { drawColumns, drawLine, type Moment } from '../../contract/charts/over-time.ts'
import { formatCount } from '../../contract/format-count.ts'
import { Html, html } from '../../contract/html.ts'
import type { PastBuild } from '../history/past.ts'
import type { ReportData } from './data.ts'
import { figure, part, sumBy } from './part.ts'
import { moneyWords, plural } from './words.ts'

/**
 * Revenue and turnover from build to build; nothing where this is the first.
 *
 * @param past - The oldest first.
 * @param createdAt - Of this build: ISO 8601, UTC.
 */
export function overTimePart(
  data: ReportData,
  past: readonly PastBuild[],
  createdAt: string,
): Html | false {
  if (past.length === 0) return false
  const now: PastBuild = {
    created_at: createdAt,
    pool_revenue: sumBy(data.covered, (row) => row.pool_revenue),
    changed_pools: data.turnover && sumBy(data.turnover.totals, (row) => row.changed_count),
  }
  const builds = [...past, now]
  const revenues = readMoments(builds, 'pool_revenue')
  const changes = readMoments(builds, 'changed_pools')
  const before = revenues.at(-2)?.value
  const change = before === undefined ? 0 : (now.pool_revenue ?? 0) - before
  const sentence = `The pools of the build before had earned ${moneyWords(before ?? 0)}, those of this one ${moneyWords(now.pool_revenue ?? 0)}: ${change < 0 ? '' : '+'}${moneyWords(change)}.`
  const revenueLabel = `Line: revenue in pools of ${plural(revenues.length, 'build')}, the last ${moneyWords(revenues.at(-1)?.value ?? 0)}`
  const changeLabel = `Columns: pools changed in ${plural(changes.length, 'build')}, the last ${formatCount(changes.at(-1)?.value ?? 0)}`
  return part('From build to build', sentence, [
    html`<div class="pair">
${revenues.length > 1 && figure('Revenue in pools', new Html(drawLine(revenueLabel, revenues)))}
${changes.length > 1 && figure('Pools changed, build by build', new Html(drawColumns(changeLabel, changes)))}</div>`,
  ])
}

function readMoments(
  builds: readonly PastBuild[],
  field: 'pool_revenue' | 'changed_pools',
): Moment[] {
  return builds.flatMap((build) => {
    const value = build[field]
    return value === null ? [] : [{ atMs: Date.parse(build.created_at), value }]
  })
}
