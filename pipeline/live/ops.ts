/** The follower's operations: whether it lives, whether what is published is up to date, and figures for Prometheus. */
import { formatStateId } from '../../contract/changes.ts'
import { answerPath, type OpsAnswer } from './ops-listener.ts'
import type { FollowerStatus } from './status.ts'

/** A look at the input that is older, in milliseconds, means that the follower hangs. */
const HUNG_MS = 30_000

/** What else this process does, for its operators. */
export interface OpsExtra {
  /** In Prometheus' text format. */
  readonly metrics: () => string
  /** Why it is not ready; null = it is. */
  readonly fault: () => string | null
}

/** Answers a request. */
export function answerOps(
  url: string,
  status: FollowerStatus,
  now: Date,
  extra: OpsExtra | null = null,
): OpsAnswer {
  const hang = describeHang(status, now)
  return answerPath(url, {
    metrics: () => formatMetrics(status, now) + (extra?.metrics() ?? ''),
    hang,
    fault: hang ?? describeFault(status) ?? extra?.fault() ?? null,
  })
}

function describeHang({ isStandby, lastLookMs }: FollowerStatus, now: Date): string | null {
  if (isStandby || lastLookMs === null || now.getTime() - lastLookMs < HUNG_MS) return null
  return `the input was last looked at ${new Date(lastLookMs).toISOString()}`
}

/** A hold is wanted by somebody, and a stand-by does what it should. */
function describeFault({ frozen }: FollowerStatus): string | null {
  return frozen === null ? null : `frozen: ${frozen}`
}

type Metric = readonly [name: string, type: 'counter' | 'gauge', help: string, value: number | null]

/** Every metric, in the order in which they are listed in docs/live.md. */
function listMetrics(status: FollowerStatus, now: Date): Metric[] {
  const age = (ms: number | null) => (ms === null ? null : Math.max(0, now.getTime() - ms) / 1000)
  const flag = (is: boolean) => (is ? 1 : 0)
  return [
    ['lines_total', 'counter', 'Lines that were read, headers not counted', status.lines],
    ['accepted_total', 'counter', 'Lines that are rows', status.accepted],
    ['rejected_total', 'counter', 'Lines that are no rows', status.rejected],
    ['files', 'gauge', 'Files that are followed', status.files],
    [
      'unpublished_age_seconds',
      'gauge',
      'How long the oldest line waits that is counted and not published; 0 = none waits',
      age(status.oldestUnpublishedMs) ?? 0,
    ],
    [
      'published_age_seconds',
      'gauge',
      'Since the input was looked at for what is published',
      age(status.newestPublishedMs),
    ],
    ['last_look_age_seconds', 'gauge', 'Since the last look at the input', age(status.lastLookMs)],
    ['last_change_age_seconds', 'gauge', 'Since the last change', age(status.lastChangeMs)],
    ['last_build_age_seconds', 'gauge', 'Since the last full build', age(status.lastBuildMs)],
    ['changes_total', 'counter', 'Changes that were published', status.changes],
    ['builds_total', 'counter', 'Full builds that were made', status.builds],
    ['change_seconds', 'gauge', 'Time that the last change took', status.changeSeconds],
    ['build_seconds', 'gauge', 'Time that the last full build took', status.buildSeconds],
    ['touched_campaigns', 'gauge', 'Campaigns of the last change', status.touched],
    ['change_number', 'gauge', 'Number of the change that is published', status.n],
    ['state_bytes', 'gauge', 'Memory that the counts take', status.stateBytes],
    [
      'frozen',
      'gauge',
      '1 = nothing is published, a check or a file does not allow it',
      flag(status.frozen !== null),
    ],
    ['held', 'gauge', '1 = nothing is published, somebody holds it', flag(status.held !== null)],
    [
      'guarded_campaigns',
      'gauge',
      'Campaigns whose pools stay as they are, as --guard found a flood',
      status.guarded,
    ],
    ['standby', 'gauge', '1 = waits for another follower to end', flag(status.isStandby)],
    ...listCopyMetrics(status.copies, age),
  ]
}

/** Only where there is a bucket. */
function listCopyMetrics(
  copies: FollowerStatus['copies'],
  age: (ms: number | null) => number | null,
): Metric[] {
  if (copies === null) return []
  return [
    [
      'last_copy_age_seconds',
      'gauge',
      'Since all that is published was found to be in the bucket',
      age(copies.lastCopyMs()),
    ],
    [
      'copy_failed',
      'gauge',
      '1 = the last copy to the bucket failed',
      copies.failure() === null ? 0 : 1,
    ],
  ]
}

/** In Prometheus' text format. */
function formatMetrics(status: FollowerStatus, now: Date): string {
  const lines = listMetrics(status, now).flatMap(([name, type, help, value]) => {
    const full = `banner_pools_follow_${name}`
    const sample = value === null ? [] : [`${full} ${value}`]
    return [`# HELP ${full} ${help}`, `# TYPE ${full} ${type}`, ...sample]
  })
  const { buildId, n } = status
  const published = buildId === null ? 'none' : formatStateId(buildId, n)
  const info = 'banner_pools_follow_info'
  return `${[...lines, `# HELP ${info} What is published`, `# TYPE ${info} gauge`, `${info}{state="${published}"} 1`].join('\n')}\n`
}
