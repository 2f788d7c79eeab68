/** Logs that grow, a follower and a server in one command, as a user starts it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, it, vi } from 'vitest'
import { withFolder } from '../helpers/folders.ts'

const PROGRAM = new URL('../../bin/banner-pools.mjs', import.meta.url).pathname
const WAIT = { timeout: 120_000, interval: 200 }

/** Starts it in a folder, and waits for its last line: the address. */
async function start(folder: string): Promise<{ program: ChildProcess; url: string }> {
  const flags = ['--rate', '500', '--port', '0', '--ops-port', 'off']
  const program = spawn(process.execPath, [PROGRAM, 'live', folder, ...flags])
  const errors: string[] = []
  program.stderr.on('data', (data) => errors.push(String(data)))
  const [line] = await Promise.race([
    once(createInterface({ input: program.stdout }), 'line'),
    once(program, 'exit').then(([code]) => {
      throw new Error(`ended with ${code}: ${errors.join('')}`)
    }),
  ])
  return { program, url: String(line).replace('open ', '') }
}

/** Command lines of processes that name a folder. */
async function processesOf(folder: string): Promise<string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const lines = await Promise.all(
    ids.map((id) => readFile(join('/proc', id, 'cmdline'), 'utf8').catch(() => '')),
  )
  return lines.filter((line) => line.includes(folder))
}

async function stateOf(url: string): Promise<{ build_id: string }> {
  const response = await fetch(url, { headers: { accept: 'application/json' } })
  return (await response.json()) as { build_id: string }
}

describe('banner-pools live', { timeout: 300_000 }, () => {
  it('serves pools that move, and leaves no process when it is stopped', async () => {
    await withFolder(async (folder) => {
      const { program, url } = await start(folder)
      const seen = new Set<string>()
      await vi.waitFor(async () => {
        seen.add((await stateOf(url)).build_id)
        expect([...seen].filter((id) => /\+\d+$/.test(id)).length).toBeGreaterThan(3)
      }, WAIT)
      expect((await processesOf(folder)).length).toBeGreaterThanOrEqual(4)

      program.kill('SIGINT')
      const [code] = await once(program, 'exit')

      expect(code).toBe(0)
      expect(await processesOf(folder)).toEqual([])
    })
  })

  it('leaves no process when it is killed', async () => {
    await withFolder(async (folder) => {
      const { program } = await start(folder)

      program.kill('SIGKILL')

      await vi.waitFor(async () => expect(await processesOf(folder)).toEqual([]), WAIT)
    })
  })
})
