/** The compiled program as it is started: versions, the demo, and signals through every layer. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it, vi } from 'vitest'
import { withFolder } from '../helpers/folders.ts'
import { listProcesses, startServing, stillAlive } from '../helpers/package.ts'

const ROOT = join(import.meta.dirname, '../..')
const run = promisify(execFile)

describe('bin/', () => {
  it('compiles where a source is newer, and then says nothing of it', async () => {
    await run('node', ['bin/pools.mjs', '--help'], { cwd: ROOT })
    const again = await run('node', ['bin/pools.mjs', '--help'], { cwd: ROOT })

    expect(again.stderr).toBe('')
    expect(again.stdout).toMatch(/^pools <command>/)
  })

  it.each(['pools', 'serve', 'banner-pools'])('tells the version of %s', async (name) => {
    const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))
    const { stdout } = await run('node', [`bin/${name}.mjs`, '--version'], { cwd: ROOT })

    expect(stdout).toBe(`${version}\n`)
  })

  it('names itself in messages, and exits 2 on a misspelt command', async () => {
    const failed = run('node', ['bin/banner-pools.mjs', 'biuld'], { cwd: ROOT })

    await expect(failed).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /^banner-pools: .*did you mean build\?; see 'banner-pools --help'/,
      ),
    })
  })

  it('serves a banner after demo', async () => {
    await withFolder(async (folder) => {
      const words = [
        'bin/banner-pools.mjs',
        'demo',
        join(folder, 'demo'),
        '--port',
        '0',
        '--ops-port',
        'off',
        '--workers',
        '2',
      ]
      await serving('node', words, async (url) => {
        const response = await fetch(`${url}/campaigns/12?dataset=1`)

        expect(await response.json()).toMatchObject({ campaign_id: 12, pool_size: 10 })
      })
    })
  })

  it.each([
    ['npm', (flags: string[]) => ['npm', 'run', '-s', 'serve', '--', ...flags]],
    [
      'make',
      ([, out = '']: string[]) => [
        ...['make', 'serve', `OUT=${out}`, 'PORT=0', 'SERVE_FLAGS=--ops-port off'],
      ],
    ],
    ['the program', (flags: string[]) => ['node', 'bin/serve.mjs', ...flags]],
  ])('ends the server at a SIGTERM to %s, and leaves no process', async (_, command) => {
    await withFolder(async (parent) => {
      const folder = join(parent, 'of sites')
      const [logs, out] = [join(folder, 'logs'), join(folder, 'out')]
      await run('node', ['bin/pools.mjs', 'sample', '--out', logs], { cwd: ROOT })
      await run('node', ['bin/pools.mjs', 'build', '--input', logs, '--out', out], { cwd: ROOT })
      const [program = '', ...words] = command([
        '--artifacts',
        out,
        '--port',
        '0',
        '--ops-port',
        'off',
      ])
      const { child, url } = await startServing([program, words], { cwd: ROOT })
      const processes = await listProcesses(child.pid ?? 0)

      child.kill('SIGTERM')

      await vi.waitFor(() => expect(stillAlive(processes)).toEqual([]), STOP_MS)
      await expect(fetch(url)).rejects.toThrow()
    })
  })
})

/** Milliseconds: 8 s are the server's own limit. */
const STOP_MS = 10_000

/** Gives `fn` the address that a program logs, and then ends the program with SIGTERM. */
async function serving(
  command: string,
  words: readonly string[],
  fn: (url: string) => Promise<void>,
): Promise<void> {
  const child = spawn(command, words, { cwd: ROOT, stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = once(child, 'exit')
  try {
    await fn(await findAddress(child.stderr))
  } finally {
    child.kill('SIGTERM')
    await ended
  }
}

async function findAddress(lines: AsyncIterable<Buffer>): Promise<string> {
  let text = ''
  for await (const chunk of lines) {
    text += chunk
    const address = /"url":"(http:[^"]+)"/.exec(text)?.[1]
    if (address !== undefined) return address
  }
  throw new Error(`no address: ${text}`)
}
