import { describe, expect, it } from 'vitest'
import { createOpsApp, type OpsOptions, type ServingState } from '../../../server/ops/app.ts'

const CREATED_AT = Date.UTC(2026, 10, 1, 6)
const HOUR_MS = 3_600_000
const STATE: ServingState = {
  pid: 1,
  ready: true,
  buildId: '0123456789abcdef',
  createdAtMs: CREATED_AT,
  campaigns: 3,
  pools: 9,
  onDisk: 'served',
  lookedAtMs: null,
  changes: { state: 'none', n: 0, createdAtMs: undefined },
}

type Changes = Partial<OpsOptions>

/** Asks at 18:00, twelve hours after the build. */
async function ask(path: string, states: readonly ServingState[], changes: Changes = {}) {
  const app = createOpsApp({
    states: async () => states,
    metrics: async () => 'a_metric 1\n',
    version: { service: 'banner pools' },
    maxAgeHours: 12,
    expected: 1,
    isLive: () => true,
    isOwnHost: () => true,
    ...changes,
    now: () => new Date('2026-11-01T18:00:00Z'),
  })
  return await app.request(path)
}

describe('the operations listener', () => {
  it.each([
    ['one that is', [STATE], 1, 200],
    ['two that are', [STATE, STATE], 2, 200],
    ['one that is told to stop', [{ ...STATE, ready: false }], 1, 503],
    ['one of two', [STATE, { ...STATE, ready: false }], 2, 503],
    ['two of which one does not answer', [STATE], 2, 503],
    ['none', [], 1, 503],
  ])('of %s', async (_, states, expected, status) => {
    expect((await ask('/readyz', states, { expected })).status).toBe(status)
    expect((await ask('/livez', states, { expected })).status).toBe(200)
  })

  it('is not live when no event loop turns', async () => {
    expect((await ask('/livez', [STATE], { isLive: () => false })).status).toBe(503)
  })

  it('shows metrics and version to known hosts only, and health to all', async () => {
    const paths = ['/metrics', '/version', '/livez', '/readyz', '/health/pools']
    const isOwnHost = () => false

    const answers = await Promise.all(paths.map((path) => ask(path, [STATE], { isOwnHost })))

    expect(answers.map(({ status }) => status)).toEqual([421, 421, 200, 200, 200])
  })

  it('says so when nobody tells the metrics', async () => {
    expect((await ask('/metrics', [], { metrics: async () => undefined })).status).toBe(503)
  })

  it('says that the served build is gone from the disk', async () => {
    const response = await ask('/health/pools', [STATE, { ...STATE, onDisk: 'gone' }])

    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ status: 'gone', on_disk: 'gone' })
  })

  it('tells the age of the pools', async () => {
    const response = await ask('/health/pools', [STATE])

    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(await response.json()).toEqual({
      status: 'ok',
      on_disk: 'served',
      build_id: '0123456789abcdef',
      created_at: '2026-11-01T06:00:00.000Z',
      looked_at: null,
      age_hours: 12,
      max_age_hours: 12,
      campaigns: 3,
      pools: 9,
      changes: { state: 'none', n: 0, created_at: null },
    })
  })

  it.each([
    ['as old as the last look of the follower', 'applied', 1],
    ['as old as the last change if the next one cannot be applied', 'gap', 7],
  ] as const)('takes pools that a follower changes for %s', async (_, state, age) => {
    const changes = { state, n: 5, createdAtMs: CREATED_AT + 5 * HOUR_MS }
    const states = [{ ...STATE, changes, lookedAtMs: CREATED_AT + 11 * HOUR_MS }]

    const health = await (await ask('/health/pools', states)).json()

    expect(health).toMatchObject({
      status: 'ok',
      age_hours: age,
      looked_at: '2026-11-01T17:00:00.000Z',
      changes: { state, n: 5, created_at: '2026-11-01T11:00:00.000Z' },
    })
  })

  it.each([
    ['too old', [STATE], 11],
    ['too old in one process', [{ ...STATE, createdAtMs: CREATED_AT + 9e6 }, STATE], 11],
    ['not loaded', [], 11],
  ])('answers 503 when they are %s', async (_, states, maxAge) => {
    expect((await ask('/health/pools', states, { maxAgeHours: maxAge })).status).toBe(503)
  })

  it('passes on metrics and version', async () => {
    const metrics = await ask('/metrics', [STATE])

    expect(metrics.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(await metrics.text()).toBe('a_metric 1\n')
    expect(await (await ask('/version', [STATE])).json()).toEqual({
      service: 'banner pools',
      build_id: '0123456789abcdef',
    })
  })
})
