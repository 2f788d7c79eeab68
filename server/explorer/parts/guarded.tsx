/** Campaigns whose pools a follower leaves as they are, since their events look like a flood of robots. */
import type { Guarded } from '../../../contract/guarded.ts'
import { formatMoment } from '../format.ts'

/** Campaigns that are named; `live/guarded.json` has all. */
const MAX_NAMES = 10

/** Says which pools stay as they are, since when and why; nothing, if none do. */
export function GuardedNotice({ guarded, root }: { guarded: readonly Guarded[]; root: string }) {
  if (guarded.length === 0) return null
  const more = guarded.length - MAX_NAMES
  return (
    <section class="notice" aria-label="Guarded campaigns">
      <p>
        Pools stay as they are, since the events of their campaigns look like a flood of robots.
        Counting goes on. <code>pools deny</code> stops a campaign or banner,{' '}
        <code>pools release --guarded</code> lets all pools go on.
      </p>
      <ul>
        {guarded.slice(0, MAX_NAMES).map(({ dataset, campaign_id, reason, since }) => (
          <li>
            <a href={`${root}explorer/campaigns/${campaign_id}?dataset=${dataset}`}>
              Campaign {campaign_id}, quarter {dataset}
            </a>
            , since <time datetime={since}>{formatMoment(new Date(since))}</time>: {reason}
          </li>
        ))}
        {more > 0 && <li>and {more} more</li>}
      </ul>
    </section>
  )
}
