/** Both programs with a reader that goes, a disk that is full, and signals: in a shell, as people run them. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { PROGRAMS } from '../../scripts/lib/programs.ts'
import { smallWorld } from '../helpers/builds.ts'
import type { Ended } from '../helpers/cli.ts'
import { withFolder, writeFiles } from '../helpers/folders.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const LOST = 'output cannot be written, free some space or write it elsewhere (ENOSPC): stdout\n'

/** Runs a line of bash in which `$pools` and `$serve` are the programs. */
async function inShell(line: string, env: Record<string, string> = {}): Promise<Ended> {
  const program = (name: keyof typeof PROGRAMS) => `${process.execPath} ${PROGRAMS[name]}`
  const child = spawn('bash', ['-c', `set -o pipefail; ${line}`], {
    cwd: ROOT,
    timeout: 60_000,
    env: { ...process.env, pools: program('pools'), serve: program('serve'), ...env },
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => (output.stdout += chunk))
  child.stderr.on('data', (chunk) => (output.stderr += chunk))
  const [code] = await once(child, 'close')
  return { code, ...output }
}

describe('the programs in a shell', () => {
  it.each(['$pools --help', '$pools completion', '$serve --help', '$serve --version'])(
    'end quietly without a reader: %s',
    async (line) => {
      expect(await inShell(`${line} | true`)).toEqual({ code: 0, stdout: '', stderr: '' })
    },
  )

  it.each([
    ['$pools --help', 'pools'],
    ['$pools --version', 'pools'],
    ['$serve --help', 'serve'],
  ])('say in one line that the disk is full: %s > /dev/full', async (line, name) => {
    expect(await inShell(`${line} > /dev/full`)).toEqual({
      ...{ code: 1, stdout: '', stderr: `${name}: ${LOST}` },
    })
  })

  it('build and diff, whoever reads', async () => {
    await withFolder(async (folder) => {
      await writeFiles(join(folder, 'in'), smallWorld())
      const env = { input: join(folder, 'in'), out: join(folder, 'out') }
      const build = '$pools build --input $input --out $out'

      const full = await inShell(`${build} --force > /dev/full`, env)
      const unread = await inShell(`${build} --force 2> >(true) | true; echo $?`, env)
      const untold = await inShell(`${build} --force 2> /dev/full`, env)
      const diff = await inShell('$pools diff $out $out --json | head -c 1', env)

      expect(full.code).toBe(1)
      expect(full.stderr).toContain(LOST)
      expect(unread).toEqual({ code: 0, stdout: '0\n', stderr: '' })
      expect(untold).toMatchObject({ code: 0, stdout: expect.stringContaining('is current now') })
      expect(diff).toEqual({ code: 0, stdout: '{', stderr: '' })
    })
  }, 60_000)

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    'end with one line at %s',
    async (signal, code) => {
      await withFolder(async (folder) => {
        const args = ['sample', '--out', folder, '--scale', '50']
        const child = spawn(process.execPath, [PROGRAMS.pools, ...args], {
          cwd: ROOT,
        })
        let stderr = ''
        child.stderr.on('data', (chunk) => (stderr += chunk))
        await sleep(3_000)
        child.kill(signal)

        expect(await once(child, 'close')).toEqual([code, null])
        expect(stderr).toContain(`pools: stopped by ${signal}\n`)
        expect(stderr).not.toContain('    at ')
      })
    },
    60_000,
  )

  it('watch, until nobody reads', async () => {
    await withFolder(async (folder) => {
      await writeFiles(join(folder, 'in'), smallWorld())
      const env = { input: join(folder, 'in'), out: join(folder, 'out') }
      const flags = '--settle 0 --interval 0.1'

      const ended = await inShell(`$pools watch --input $input --out $out ${flags} | true`, env)

      expect(ended).toMatchObject({ code: 0, stdout: '' })
      expect(ended.stderr).toContain('watching ')
    })
  }, 60_000)
})
