import { describe, expect, it } from 'vitest'
import { createOpsApp, type ServingState } from '../../../server/ops/app.ts'

const CREATED_AT = Date.UTC(2026, 10, 1, 6)
const STATE: ServingState = {
  pid: 1,
  ready: true,
  buildId: '0123456789abcdef',
  createdAtMs: CREATED_AT,
  campaigns: 3,
  pools: 9,
  onDisk: 'served',
}

/** Asks at 18:00, twelve hours after the build. */
async function ask(path: string, states: readonly ServingState[], maxAgeHours = 12) {
  const app = createOpsApp({
    states: async () => states,
    metrics: async () => 'a_metric 1\n',
    version: { service: 'banner pools' },
    maxAgeHours,
    now: () => new Date('2026-11-01T18:00:00Z'),
  })
  return await app.request(path)
}

describe('the operations listener', () => {
  it.each([
    ['one that is', [STATE], 200],
    ['one that is told to stop', [{ ...STATE, ready: false }], 503],
    ['one of two', [STATE, { ...STATE, ready: false }], 503],
    ['none', [], 503],
  ])('is ready with %s', async (_, states, status) => {
    expect((await ask('/readyz', states)).status).toBe(status)
    expect((await ask('/livez', states)).status).toBe(200)
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
      age_hours: 12,
      max_age_hours: 12,
      campaigns: 3,
      pools: 9,
    })
  })

  it.each([
    ['too old', [STATE], 11],
    ['too old in one process', [{ ...STATE, createdAtMs: CREATED_AT + 9e6 }, STATE], 11],
    ['not loaded', [], 11],
  ])('answers 503 when they are %s', async (_, states, maxAge) => {
    expect((await ask('/health/pools', states, maxAge)).status).toBe(503)
  })

  it('passes on metrics and version', async () => {
    const metrics = await ask('/metrics', [STATE])

    expect(metrics.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(await metrics.text()).toBe('a_metric 1\n')
    expect(await (await ask('/version', [STATE])).json()).toEqual({ service: 'banner pools' })
  })
})
