import { describe, expect, it } from 'vitest'
import { answerOps } from '../../../pipeline/live/ops.ts'
import { startOps } from '../../../pipeline/live/ops-listener.ts'
import { createStatus } from '../../../pipeline/live/status.ts'

const NOW = new Date('2026-11-25T12:00:00Z')
const FRESH = { ...createStatus(), isStandby: false, lastLookMs: NOW.getTime() - 100 }

describe('answerOps', () => {
  it.each([
    ['/livez', FRESH, 200, 'ok'],
    ['/readyz', FRESH, 200, 'ok'],
    ['/readyz', { ...FRESH, frozen: 'check failed' }, 503, 'frozen: check failed'],
    ['/livez', { ...FRESH, frozen: 'check failed' }, 200, 'ok'],
    ['/readyz', { ...FRESH, held: 'by hand' }, 200, 'ok'],
    ['/readyz', createStatus(), 200, 'ok'],
    [
      '/livez',
      { ...FRESH, lastLookMs: NOW.getTime() - 31_000 },
      503,
      'the input was last looked at 2026-11-25T11:59:29.000Z',
    ],
    ['/', FRESH, 404, 'see /livez, /readyz, /metrics'],
  ])('%s', (url, status, code, body) => {
    expect(answerOps(url, status, NOW)).toMatchObject({ code, body: `${body}\n` })
  })

  it('gives figures to Prometheus, and leaves out what is not known yet', () => {
    const status = { ...FRESH, lines: 12, buildId: '0123456789abcdef', n: 3, frozen: 'x' }
    const { body } = answerOps('/metrics?x=1', status, NOW)

    expect(body).toContain('\nbanner_pools_follow_lines_total 12\n')
    expect(body).toContain('\nbanner_pools_follow_last_look_age_seconds 0.1\n')
    expect(body).toContain('\nbanner_pools_follow_frozen 1\n')
    expect(body).toContain('\nbanner_pools_follow_info{state="0123456789abcdef+3"} 1\n')
    expect(body).not.toMatch(/^banner_pools_follow_last_change_age_seconds/m)
  })
})

const answer = (url: string) => answerOps(url, FRESH, NOW)

describe('startOps', () => {
  it('listens, and says in one line that a port is taken', async () => {
    const place = { port: 0, host: '127.0.0.1' }
    const first = await startOps(place, answer)
    const port = Number(new URL(first.url).port)

    expect(await (await fetch(`${first.url}/livez`)).text()).toBe('ok\n')
    await expect(startOps({ ...place, port }, answer)).rejects.toThrow(
      `cannot listen on port ${port} (EADDRINUSE), give --ops-port another one, or off`,
    )
    await first.stop()
  })
})
