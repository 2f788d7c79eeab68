/** What a banner earned, and in how many pools it was, on earlier days. */
import { formatCount } from '../../../contract/format-count.ts'
import type { BannerFigures } from '../data/history.ts'
import type { NoFigures } from '../data/no-figures.ts'
import { formatSum, unit } from '../format.ts'
import { Charts, type DrawnChart } from './charts.tsx'
import { Notice } from './notice.tsx'

/** A day on which something of a banner changed, over all campaigns and quarters. */
export interface BannerDayRow {
  /** 2026-11-30 */
  readonly day: string
  /** Pools that have it at the end of the day. */
  readonly pools: number
  /** Null: of the first day. */
  readonly turnover: { readonly entered: number; readonly left: number } | null
  /** Null: the history does not know. */
  readonly earned: BannerFigures | null
}

/** Why days are missing. */
export type MissingDays = NoFigures | 'too_large'

const MISSING: Readonly<Record<MissingDays, string>> = {
  unusable: 'Earlier days cannot be shown: the log of the server says why.',
  reading: 'Earlier days are being read. Reload the page in a few seconds.',
  slow: 'Earlier days take this server too long to read: it has too much to do. Reload the page when it has less to do.',
  busy: 'Too many pages are asking for earlier days. Reload the page in a few seconds.',
  too_large:
    'The history has too many rows of pools for a page, so when it entered and left them is not shown; docs/analysts.md shows how to search it.',
}

/** Days that are shown; more are in the files. */
const MAX_DAYS = 60

/** A section with the days, the newest first; nothing, if there is no history. */
export function BannerHistory({
  days,
  charts,
  currency,
  missing,
}: {
  days: readonly BannerDayRow[]
  charts: readonly DrawnChart[]
  currency: string
  missing: MissingDays | null
}) {
  if (days.length === 0 && missing === null) return null
  return (
    <section aria-labelledby="days">
      <h2 id="days">Day by day</h2>
      {missing !== null && <Notice>{MISSING[missing]}</Notice>}
      <Charts charts={charts} />
      {days.length > 0 && <DayTable days={days} currency={currency} />}
    </section>
  )
}

function DayTable({ days, currency }: { days: readonly BannerDayRow[]; currency: string }) {
  const names = [`Revenue${unit(currency)}`, 'Conversions', 'Clicks']
  return (
    <section class="scroll" tabindex={0} aria-label="Table of days">
      <table class="campaigns dense">
        <caption>
          Days on which something of it changed, over all campaigns and quarters; at their end
          (UTC), the newest first
        </caption>
        <thead>
          <tr>
            <th scope="col">Day</th>
            {[...names, 'Impressions', 'Pools', 'In, out'].map((name) => (
              <th scope="col" class="number">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {days
            .toReversed()
            .slice(0, MAX_DAYS)
            .map((row) => (
              <DayLine row={row} />
            ))}
        </tbody>
      </table>
    </section>
  )
}

function DayLine({ row: { day, pools, turnover, earned } }: { row: BannerDayRow }) {
  const counts = [earned?.conversions, earned?.clicks, earned?.impressions]
  return (
    <tr>
      <th scope="row">{day}</th>
      <td class="number">{earned === null ? '–' : formatSum(earned.revenue)}</td>
      {counts.map((count) => (
        <td class="number">{count === undefined ? '–' : formatCount(count)}</td>
      ))}
      <td class="number">{formatCount(pools)}</td>
      <td class="number">
        {turnover === null || turnover.entered + turnover.left === 0
          ? '–'
          : `+${formatCount(turnover.entered)} −${formatCount(turnover.left)}`}
      </td>
    </tr>
  )
}
