/** What a campaign was on earlier days. */
import { formatSum, unit } from '../format.ts'

/** A day on which something of it changed. */
export interface DayRow {
  /** 2026-11-30 */
  readonly day: string
  /** Of its pools in all quarters, as plain decimal. */
  readonly poolRevenue: string
  /** Banners that entered and left its pools on this day; null: the history begins here. */
  readonly turnover: { readonly entered: number; readonly left: number } | null
}

/** Days that are shown; more are in the files. */
const MAX_DAYS = 60

/** A section with the days, the newest first. */
export function Days({ days, currency }: { days: readonly DayRow[]; currency: string }) {
  return (
    <section aria-labelledby="days">
      <h2 id="days">Day by day</h2>
      <table class="campaigns narrow">
        <caption>Days on which it changed, at their end (UTC), the newest first</caption>
        <thead>
          <tr>
            <th scope="col">Day</th>
            <th scope="col" class="number">
              Revenue in pools{unit(currency)}
            </th>
            <th scope="col" class="number">
              Banners in, out
            </th>
          </tr>
        </thead>
        <tbody>
          {days
            .toReversed()
            .slice(0, MAX_DAYS)
            .map(({ day, poolRevenue, turnover }) => (
              <tr>
                <th scope="row">{day}</th>
                <td class="number">{formatSum(poolRevenue)}</td>
                <td class="number">
                  {turnover === null ? '–' : `+${turnover.entered} −${turnover.left}`}
                </td>
              </tr>
            ))}
        </tbody>
      </table>
    </section>
  )
}
