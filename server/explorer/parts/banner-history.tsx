/** In how many pools a banner was on earlier days. */
import { formatCount } from '../../../contract/format-count.ts'
import type { BannerDay } from '../data/banner-days.ts'
import { Charts, type DrawnChart } from './charts.tsx'

/** Days that are shown; more are in the files. */
const MAX_DAYS = 60

/** A section with the days, the newest first; nothing, if there is no history. */
export function BannerHistory({
  days,
  charts,
  isTooLarge,
}: {
  days: readonly BannerDay[]
  charts: readonly DrawnChart[]
  isTooLarge: boolean
}) {
  if (days.length === 0 && !isTooLarge) return null
  return (
    <section aria-labelledby="days">
      <h2 id="days">Day by day</h2>
      {isTooLarge && (
        <p>The history has too many rows for a page; docs/analysts.md shows how to search it.</p>
      )}
      <Charts charts={charts} />
      {days.length > 0 && <DayTable days={days} />}
    </section>
  )
}

function DayTable({ days }: { days: readonly BannerDay[] }) {
  const [first] = days
  return (
    <table class="campaigns narrow">
      <caption>
        Days on which it entered or left a pool of any campaign (UTC), the newest first
      </caption>
      <thead>
        <tr>
          <th scope="col">Day</th>
          <th scope="col" class="number">
            Pools
          </th>
          <th scope="col" class="number">
            In, out
          </th>
        </tr>
      </thead>
      <tbody>
        {days
          .toReversed()
          .slice(0, MAX_DAYS)
          .map((day) => (
            <tr>
              <th scope="row">{day.day}</th>
              <td class="number">{formatCount(day.pools)}</td>
              <td class="number">
                {day === first ? '–' : `+${formatCount(day.entered)} −${formatCount(day.left)}`}
              </td>
            </tr>
          ))}
      </tbody>
    </table>
  )
}
