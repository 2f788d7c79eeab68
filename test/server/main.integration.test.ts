import { once } from 'node:events'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { BUILD_ID, rowsOf, writeBuild } from '../../scripts/lib/pool-files.ts'
import { parseLog, runServer } from '../../scripts/lib/run-server.ts'
import { withFolder } from '../helpers/folders.ts'
import { someOf } from '../helpers/size.ts'

const ROWS = rowsOf({ 7: [30, 10], 8: [20] })

/** Runs `fn` with the folder of a small build. */
function withBuild<T>(fn: (folder: string) => Promise<T>): Promise<T> {
  return withFolder(async (folder) => {
    await writeBuild(folder, ROWS)
    return fn(folder)
  })
}

describe('serve', () => {
  it('says what it serves, serves it, and stops at SIGTERM', async () => {
    await withBuild(async (folder) => {
      const statuses: number[] = []

      const result = await runServer(['--artifacts', folder, '--port', '0'], async (url) => {
        const first = await fetch(`${url}/campaigns/7`)
        const cookie = first.headers.get('set-cookie') ?? ''
        const { banner_id: last, image_url: picture } = (await first.json()) as {
          banner_id: number
          image_url: string
        }
        const second = await fetch(`${url}/campaigns/7`, { headers: { cookie } })
        expect(await second.json()).toMatchObject({
          banner_id: last === 30 ? 10 : 30,
          probability: 1,
        })
        const page = await fetch(`${url}/campaigns/7`, { headers: { accept: 'text/html' } })
        expect(await page.text()).toMatch(/^<!doctype html>/)
        expect((await fetch(picture)).headers.get('content-type')).toBe('image/svg+xml')
        const head = await fetch(`${url}/campaigns/7`, { method: 'HEAD' })
        statuses.push(first.status, second.status, page.status, head.status)
      })

      expect(statuses).toEqual([200, 200, 200, 200])
      expect(result.code).toBe(0)
      expect(result.stdout).toBe('')
      const lines = parseLog(result)
      expect(lines.map(({ event }) => event)).toEqual(['start', 'stop', 'stopped'])
      expect(lines[0]).toEqual({
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        pid: expect.any(Number),
        event: 'start',
        url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
        campaigns: 2,
        pools: 8,
        build_id: BUILD_ID,
        format: 2,
        pictures: 'drawn',
        explorer: expect.stringMatching(/^http:/),
        operations: 'off',
        msg: expect.stringMatching(
          new RegExp(
            `^listening on http://127\\.0\\.0\\.1:\\d+, 2 campaigns, 8 pools, build ${BUILD_ID}, format 2, pictures: drawn, explorer on http:`,
          ),
        ),
      })
      expect(lines[1]).toMatchObject({ signal: 'SIGTERM', msg: 'SIGTERM: stopping' })
    })
  })

  it.each(
    someOf<[string[], string]>(
      [
        [['--no-explorer'], 'application/json'],
        [[], 'text/html; charset=utf-8'],
      ],
      1,
    ),
  )('with %j answers / to a browser as %s', async (flags, type) => {
    await withBuild(async (folder) => {
      const types: (string | null)[] = []

      await runServer(['--artifacts', folder, '--port', '0', ...flags], async (url) => {
        const { headers } = await fetch(url, { headers: { accept: 'text/html' } })
        types.push(headers.get('content-type'))
      })

      expect(types).toEqual([type])
    })
  })

  it('follows current to the published build', async () => {
    await withFolder(async (folder) => {
      await mkdir(join(folder, 'builds', BUILD_ID), { recursive: true })
      await writeBuild(join(folder, 'builds', BUILD_ID), ROWS)
      await symlink(join('builds', BUILD_ID), join(folder, 'current'))

      const result = await runServer(['--artifacts', folder, '--port', '0'])

      expect(result).toMatchObject({ code: 0, stderr: expect.stringContaining('8 pools') })
    })
  })

  it('refuses an altered artifact', async () => {
    await withBuild(async (folder) => {
      const path = join(folder, 'pools.parquet')
      const bytes = await readFile(path)
      bytes.writeUInt8(bytes.readUInt8(100) ^ 8, 100)
      await writeFile(path, bytes)

      const result = await runServer(['--artifacts', folder, '--port', '0'])

      expect(result.code).toBe(1)
      expect(result.stderr).toMatch(
        /^serve: sha256 differs from the manifest, the file was altered, build again: \S+pools\.parquet\n$/,
      )
    })
  })

  it('refuses a folder without a build', async () => {
    await withFolder(async (folder) => {
      const result = await runServer(['--artifacts', folder, '--port', '0'])

      expect(result.code).toBe(1)
      expect(result.stderr).toBe(`serve: no build found, run 'make pipeline' first: ${folder}\n`)
    })
  })

  it.each(
    someOf<[string[], Record<string, string>]>(
      [
        [['--log', 'json'], {}],
        [['--log=json'], {}],
        [[], { BANNER_POOLS_LOG: 'json' }],
      ],
      1,
    ),
  )('with %j and %j refuses in JSON', async (flags, env) => {
    await withFolder(async (folder) => {
      const result = await runServer(['--artifacts', folder, ...flags], undefined, env)

      expect(result.code).toBe(1)
      expect(parseLog(result)).toEqual([
        expect.objectContaining({
          ...{ level: 'error', event: 'start_refused', exit_code: 1 },
          msg: `no build found, run 'make pipeline' first: ${folder}`,
        }),
      ])
    })
  })

  it('refuses a folder without pictures', async () => {
    await withBuild(async (folder) => {
      const result = await runServer(['--artifacts', folder, '--port', '0', '--images', folder])

      expect(result.code).toBe(1)
      expect(result.stderr).toBe(
        `serve: the folder holds no picture named image_<banner_id>.<ext>: ${folder}\n`,
      )
    })
  })

  it('names the port that is taken', async () => {
    await withBuild(async (folder) => {
      const other = createServer().listen(0, '127.0.0.1')
      await once(other, 'listening')
      const { port } = other.address() as AddressInfo

      const result = await runServer(['--artifacts', folder, '--port', String(port)])
      other.close()

      expect(result.code).toBe(1)
      expect(result.stderr).toMatch(
        /^serve: the port is taken, choose another with --port or --ops-port: .*127\.0\.0\.1:\d+\n$/,
      )
    })
  })

  it.each([
    [['--prot', '1'], "serve: Unknown argument: prot, did you mean --port?; see 'serve --help'\n"],
    [
      ['--port', 'x'],
      "serve: --port must be a whole number from 0 to 65535: x; see 'serve --help'\n",
    ],
  ])('refuses %j with exit code 2', async (flags, stderr) => {
    expect(await runServer(flags)).toEqual({ code: 2, stdout: '', stderr })
  })

  it('prints its settings with --help', async () => {
    const result = await runServer(['--help'])

    expect(result).toMatchObject({ code: 0, stderr: '' })
    expect(result.stdout).toContain('[BANNER_POOLS_PORT]')
    expect(result.stdout).toContain('[default: 8080]')
  })

  it('follows build and denylist, counts both, and logs neither addresses nor cookies', async () => {
    await withBuild(async (folder) => {
      const denylist = join(folder, 'denylist')
      await writeFile(denylist, 'banner 30\n')
      const flags = ['--artifacts', folder, '--port', '0', '--ops-port', '0', '--access-log']
      let metrics = ''

      const result = await runServer(
        [...flags, '--denylist', denylist],
        async (url, child, ops) => {
          const ask = async () => (await fetch(`${url}/campaigns/7?visitor=secret`)).json()
          expect(await ask()).toMatchObject({ banner_id: 10, pool_size: 1 })
          await writeFile(denylist, '10 # the other one\n')
          await vi.waitFor(async () => expect(await ask()).toMatchObject({ banner_id: 30 }), 1_500)
          await writeBuild(folder, rowsOf({ 7: [50] }))
          child.kill('SIGHUP')
          await vi.waitFor(async () => expect(await ask()).toMatchObject({ banner_id: 50 }), 5_000)
          metrics = await (await fetch(`${ops}/metrics`)).text()
        },
      )

      expect(metrics).toContain('banner_pools_reloads_total{result="ok"} 1\n')
      expect(metrics).toContain('banner_pools_denylist_reloads_total{result="ok"}')
      expect(result.code).toBe(0)
      expect(parseLog(result).map(({ msg }) => msg)).toEqual(
        expect.arrayContaining([
          'now denying 1 banners and 0 campaigns',
          `now serving build ${BUILD_ID}, 1 campaigns, 4 pools`,
        ]),
      )
      expect(parseLog(result)).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ event: 'denylist', result: 'ok', banners: 1, campaigns: 0 }),
          expect.objectContaining({
            ...{ event: 'reload', result: 'ok' },
            ...{ build_id: BUILD_ID, campaigns: 1, pools: 4 },
          }),
        ]),
      )
      expect(parseLog(result).filter(({ event }) => event === undefined)).toEqual([])
      expect(parseLog(result)).toContainEqual({
        level: 'info',
        time: expect.any(String),
        pid: expect.any(Number),
        event: 'request',
        request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        method: 'GET',
        route: '/campaigns/:id',
        status: 200,
        ms: expect.any(Number),
      })
      expect(result.stderr).not.toMatch(/secret|last=|"127\.0\.0\.1"/)
    })
  })
})
