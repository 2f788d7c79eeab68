/** The operations listener: for probes, scrapers and people of the operator, not for visitors. */
import { Hono } from 'hono'
import { problem, toResponse } from '../base/answer.ts'
import type { HostCheck } from '../http/hosts.ts'
import type { AppliedChanges } from '../pools/changes/describe.ts'
import type { OnDisk } from '../pools/follow.ts'

/** The state of one serving process. */
export interface ServingState {
  /** Process id. */
  readonly pid: number
  /** False once it was told to stop. */
  readonly ready: boolean
  readonly buildId: string
  readonly createdAtMs: number
  readonly campaigns: number
  readonly pools: number
  /** Whether the build on disk is the served one. */
  readonly onDisk: OnDisk
  /** When the follower of the logs last found that all is published: milliseconds since 1970; null: there is none. */
  readonly lookedAtMs: number | null
  readonly changes: AppliedChanges
}

/** What the listener asks the processes that serve. */
export interface OpsSources {
  /** Of each serving process that answers. */
  readonly states: () => Promise<readonly ServingState[]>
  /** In Prometheus' text format; undefined: nobody answers. */
  readonly metrics: () => Promise<string | undefined>
  /** Whether an event loop that serves has turned lately. */
  readonly isLive: () => boolean
}

/** What the listener is made of. */
export interface OpsOptions extends OpsSources {
  /** Processes that should serve. */
  readonly expected: number
  readonly isOwnHost: HostCheck
  readonly version: Readonly<Record<string, string | number>>
  readonly maxAgeHours: number
  readonly now: () => Date
}

/** For machines that know the server by any name; all else is for known names, see http/hosts.ts. */
const PROBES = ['/livez', '/readyz', '/health/pools']

const HOUR_MS = 3_600_000

// Prometheus' text format.
const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** Makes the app of the operations listener. */
export function createOpsApp(options: OpsOptions): Hono {
  const app = new Hono()
  app.use(async (c, next) => {
    await next()
    c.header('Cache-Control', 'no-store')
  })
  app.use(async (c, next) => {
    const { path } = c.req
    if (PROBES.includes(path) || options.isOwnHost(c.req.header('host'), {})) return await next()
    return toResponse(problem(421, 'this server has another host name, see --allowed-host'))
  })
  app.get('/livez', (c) => {
    const isLive = options.isLive()
    return c.json({ status: isLive ? 'ok' : 'hung' }, isLive ? 200 : 503)
  })
  app.get('/readyz', async (c) => {
    const states = await options.states()
    const isReady = states.length === options.expected && states.every((state) => state.ready)
    const processes = states.map((state) => state.pid)
    return c.json({ status: isReady ? 'ok' : 'not ready', processes }, isReady ? 200 : 503)
  })
  app.get('/version', async (c) => {
    const [state] = await options.states()
    return c.json({ ...options.version, build_id: state?.buildId ?? null })
  })
  app.get('/metrics', async (c) => {
    const text = await options.metrics()
    if (text === undefined) return c.text('the serving processes do not answer\n', 503)
    return c.body(text, 200, { 'Content-Type': METRICS_TYPE })
  })
  app.get('/health/pools', async (c) => {
    const health = describePools(await options.states(), options)
    return c.json(health, health.status === 'ok' ? 200 : 503)
  })
  return app
}

/**
 * The oldest state counts: another one may be on its way to the other processes. A build that a follower keeps up to date is
 * as old as the follower's last look: where nothing is new, nothing is too old.
 */
function describePools(
  states: readonly ServingState[],
  { maxAgeHours, now }: Pick<OpsOptions, 'maxAgeHours' | 'now'>,
) {
  const [oldest] = [...states].sort(
    (a, b) => a.createdAtMs - b.createdAtMs || a.changes.n - b.changes.n,
  )
  if (oldest === undefined) return { status: 'not loaded' }
  const { createdAtMs, lookedAtMs, changes } = oldest
  const isCurrent = changes.state === 'applied' || changes.state === 'held'
  const fresh = [createdAtMs, changes.createdAtMs ?? 0, isCurrent ? (lookedAtMs ?? 0) : 0]
  const ageHours = (now().getTime() - Math.max(...fresh)) / HOUR_MS
  const onDisk = states.map((state) => state.onDisk).find((one) => one !== 'served') ?? 'served'
  return {
    status: onDisk === 'gone' ? 'gone' : ageHours <= maxAgeHours ? 'ok' : 'too old',
    on_disk: onDisk,
    build_id: oldest.buildId,
    created_at: new Date(createdAtMs).toISOString(),
    looked_at: formatTime(lookedAtMs),
    age_hours: Number(ageHours.toFixed(2)),
    max_age_hours: maxAgeHours,
    campaigns: oldest.campaigns,
    pools: oldest.pools,
    changes: { state: changes.state, n: changes.n, created_at: formatTime(changes.createdAtMs) },
  }
}

function formatTime(ms: number | null | undefined): string | null {
  return typeof ms === 'number' ? new Date(ms).toISOString() : null
}
