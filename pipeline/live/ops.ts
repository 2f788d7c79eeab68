/** The follower's operations: whether it lives, whether what is published is up to date, and figures for Prometheus. */
import { createServer, type Server } from 'node:http'
import { formatStateId } from '../../contract/changes.ts'
import { PipelineError } from '../base/errors.ts'
import type { FollowerStatus } from './status.ts'

/** A look at the input that is older, in milliseconds, means that the follower hangs. */
const HUNG_MS = 30_000

/** A listener, and how to end it. */
export interface OpsListener {
  readonly url: string
  readonly stop: () => Promise<void>
}

/**
 * Listens for operators.
 *
 * @param port - 0 takes any that is free.
 * @throws {PipelineError} If the port is taken or not allowed.
 */
export async function startOps(
  { port, host }: { port: number; host: string },
  status: FollowerStatus,
  now: () => Date,
): Promise<OpsListener> {
  const server = createServer((request, response) => {
    const answer = answerOps(request.url ?? '/', status, now())
    response.writeHead(answer.code, { 'content-type': answer.type, 'cache-control': 'no-store' })
    response.end(request.method === 'HEAD' ? undefined : answer.body)
  })
  await listen(server, port, host)
  const address = server.address()
  const actual = typeof address === 'object' && address !== null ? address.port : port
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${actual}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const remedy = 'give --ops-port another one, or off'
      reject(new PipelineError(`cannot listen on port ${port} (${error.code}), ${remedy}`))
    })
    server.listen(port, host, resolve)
  })
}

/** A response. */
interface OpsAnswer {
  readonly code: number
  readonly type: string
  readonly body: string
}

const TEXT = 'text/plain; charset=utf-8'
const METRICS = 'text/plain; version=0.0.4; charset=utf-8'

/** Answers a request. */
export function answerOps(url: string, status: FollowerStatus, now: Date): OpsAnswer {
  const [path] = url.split('?')
  if (path === '/metrics') return { code: 200, type: METRICS, body: formatMetrics(status, now) }
  if (path === '/livez') return health(describeHang(status, now))
  if (path === '/readyz') return health(describeHang(status, now) ?? describeFault(status))
  return { code: 404, type: TEXT, body: 'see /livez, /readyz, /metrics\n' }
}

function health(fault: string | null): OpsAnswer {
  return { code: fault === null ? 200 : 503, type: TEXT, body: `${fault ?? 'ok'}\n` }
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
