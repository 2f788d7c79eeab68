import { once } from 'node:events'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { rowsOf, writeBuild, writeManifest } from '../../../scripts/lib/pool-files.ts'
import { freePort } from '../../../scripts/lib/ports.ts'
import { parseLog, runServer } from '../../../scripts/lib/run-server.ts'
import { withFolder } from '../../helpers/folders.ts'

const WAIT = { interval: 50 }

// Beside each other: most of their time they wait for processes that start, hang or stop.
describe('serve --workers 2', { concurrent: true }, () => {
  it('shares a port, sums the metrics, replaces a worker that is killed, and stops', async () => {
    await withFolder(async (folder) => {
      await writeBuild(folder, rowsOf({ 7: [30, 10] }))
      const flags = ['--artifacts', folder, '--port', '0', '--workers', '2', '--ops-port', '0']
      const counted: string[] = []

      const result = await runServer(flags, async (url, _, ops) => {
        for (let i = 0; i < 20; i++) {
          const headers = { connection: 'close' }
          expect((await fetch(`${url}/campaigns/7`, { headers })).status).toBe(200)
        }
        await vi.waitFor(async () => expect(await workersOf(ops)).toHaveLength(2), WAIT)
        const metrics = await (await fetch(`${ops}/metrics`)).text()
        counted.push(/requests_total\{outcome="banner"\} (\d+)/.exec(metrics)?.[1] ?? '')
        const [pid] = await workersOf(ops)
        process.kill(pid ?? 0, 'SIGKILL')
        await vi.waitFor(async () => {
          const pids = await workersOf(ops)
          expect(pids).toHaveLength(2)
          expect(pids).not.toContain(pid)
        }, WAIT)
        expect((await fetch(`${url}/campaigns/7`)).status).toBe(200)
      })

      expect(counted).toEqual(['20'])
      expect(result.code).toBe(0)
      expect(parseLog(result).map(({ msg }) => msg)).toEqual([
        expect.stringMatching(/^listening on http:.*, operations on http:/),
        expect.stringMatching(/^worker \d+ ended \(SIGKILL\), another one starts in 100 ms$/),
        'SIGTERM: stopping',
        'stopped',
      ])
    })
  })

  it('is not ready with a worker that hangs, replaces both when both are killed, and stops in time', async () => {
    await withFolder(async (folder) => {
      await writeBuild(folder, rowsOf({ 7: [30, 10] }))
      // With 0, another port would be taken when nobody is left.
      const port = String(await freePort())
      const flags = ['--artifacts', folder, '--port', port, '--workers', '2', '--ops-port', '0']
      let stoppedMs = 0

      const result = await runServer(flags, async (url, child, ops) => {
        await vi.waitFor(async () => expect(await workersOf(ops)).toHaveLength(2), WAIT)
        for (const pid of await workersOf(ops)) process.kill(pid, 'SIGKILL')
        await vi.waitFor(
          async () =>
            expect(
              (await fetch(`${url}/campaigns/7`, { signal: AbortSignal.timeout(1_000) })).status,
            ).toBe(200),
          WAIT,
        )
        await vi.waitFor(async () => expect(await workersOf(ops)).toHaveLength(2), WAIT)
        const [held = 0] = await workersOf(ops)
        process.kill(held, 'SIGSTOP')
        await vi.waitFor(async () => expect((await fetch(`${ops}/readyz`)).status).toBe(503), WAIT)
        expect(await workersOf(ops)).not.toContain(held)
        expect((await fetch(`${ops}/livez`)).status).toBe(200)
        expect((await fetch(`${ops}/metrics`)).status).toBe(200)
        const exited = once(child, 'exit')
        const startMs = performance.now()
        child.kill('SIGTERM')
        await exited
        stoppedMs = performance.now() - startMs
      })

      expect(result.code).toBe(0)
      expect(stoppedMs).toBeLessThan(8_000)
      expect(result.stderr).toContain('did not stop, it is killed')
    })
  }, 60_000)

  it('brings a new build and a new denylist to every worker', async () => {
    await withFolder(async (folder) => {
      const list = join(folder, 'denylist')
      await writeFile(list, 'campaign 8\n')
      await writeBuild(folder, rowsOf({ 7: [30], 8: [10] }))
      const place = ['--artifacts', folder, '--port', '0', '--ops-port', '0']
      const flags = [...place, '--workers', '2', '--denylist', list]

      const result = await runServer(flags, async (url, _, ops) => {
        await vi.waitFor(async () => expect(await workersOf(ops)).toHaveLength(2), WAIT)
        const denied = await fetch(`${url}/campaigns/8`)
        expect(denied.headers.get('x-banner-reason')).toBe('disabled')

        await writeBuild(folder, rowsOf({ 7: [31], 8: [11] }))
        await writeFile(`${list}.new`, '# nothing\n')
        await rename(`${list}.new`, list)

        await vi.waitFor(async () => {
          const metrics = await (await fetch(`${ops}/metrics`)).text()
          expect(counted(metrics, 'reloads_total{result="ok"}')).toBeGreaterThan(1)
          expect(counted(metrics, 'denylist_reloads_total{result="ok"}')).toBeGreaterThan(1)
        }, WAIT)
        expect(await (await fetch(`${url}/campaigns/8`)).json()).toMatchObject({ banner_id: 11 })
      })

      for (const news of ['now serving build', 'now denying 0 banners']) {
        const told = parseLog(result).filter(({ msg }) => String(msg).includes(news))
        expect(new Set(told.map(({ pid }) => pid)).size).toBe(2)
      }
    })
  })

  it('says once why it cannot start', async () => {
    await withFolder(async (folder) => {
      await writeBuild(folder, rowsOf({ 7: [30] }))
      await writeManifest(folder, Buffer.from('other bytes'))

      const result = await runServer(['--artifacts', folder, '--port', '0', '--workers', '2'])

      expect(result.code).toBe(1)
      expect(result.stderr).toMatch(/^serve: has \d+ bytes, the manifest says 11, [^\n]*\n$/)
    })
  })
})

/** The value of a metric, summed over the workers. */
function counted(metrics: string, name: string): number {
  const line = metrics.split('\n').find((one) => one.startsWith(`banner_pools_${name} `))
  return Number(line?.split(' ')[1] ?? 0)
}

/** Process ids of the workers that answer. */
async function workersOf(ops: string): Promise<number[]> {
  const { processes } = (await (await fetch(`${ops}/readyz`)).json()) as { processes: number[] }
  return processes
}
