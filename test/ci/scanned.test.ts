/** Shards that are killed, repeated and given more files, in folders and buckets: the bytes of one process. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ScannedStore } from '../../pipeline/scanned/store.ts'
import { smallWorld } from '../helpers/builds.ts'
import { edgeLogs } from '../helpers/edge-logs.ts'
import { withFolder, writeFiles } from '../helpers/folders.ts'
import { startS3 } from '../helpers/s3.ts'
import { buildAlone, buildScanned, describeBuild, scan } from '../helpers/scanned.ts'
import { seededRandom } from '../helpers/seeded-random.ts'
import { size } from '../helpers/size.ts'
import { csvFilesOf, worlds } from '../helpers/worlds.ts'

/** A store that fails after so many writes, as if its process were killed: what was under way is not there. */
function killedAfter(writes: number): (store: ScannedStore) => ScannedStore {
  let left = writes
  function count(): void {
    left -= 1
    if (left < 0) throw new Error('killed')
  }
  return (store) => ({
    ...store,
    put: (...args) => {
      count()
      return store.put(...args)
    },
    writeRecord: (...args) => {
      count()
      return store.writeRecord(...args)
    },
  })
}

describe('shards that scan and a build of what they found', () => {
  it('give the bytes of one process when they are killed, repeated and files come between', async () => {
    const property = fc.asyncProperty(
      worlds,
      fc.integer({ min: 1, max: 16 }),
      fc.nat(),
      async (world, count, seed) => {
        const files = Object.entries(csvFilesOf(world, { filesPerTable: 3, shuffleSeed: seed }))
        const random = seededRandom(seed)
        await withFolder(async (folder) => {
          const site = { folder }
          const input = join(folder, 'in')
          await writeFiles(input, smallWorld())
          for (const [path, content] of files) {
            if (random() < 0.5) await writeFiles(input, { [path]: content })
            if (random() < 0.75) continue
            const index = Math.floor(random() * count)
            const wrap = killedAfter(Math.floor(random() * 6))
            await scan({ ...site, wrap }, { index, count }).catch((error: Error) => {
              if (error.message !== 'killed') throw error
            })
          }
          for (let index = 0; index < count; index += 1) await scan(site, { index, count })

          await buildScanned(site)

          expect(await describeBuild(join(folder, 'out'))).toEqual(await buildAlone(folder))
        })
      },
    )
    await fc.assert(property, { numRuns: size(1, 3), seed: 31, endOnFailure: true })
  }, 600_000)
})

const CLI = join(import.meta.dirname, '../../pipeline/main.ts')

/** Runs a command of pools; `killMs` later it is killed. */
async function pools(env: Readonly<Record<string, string>>, args: readonly string[], killMs = 0) {
  const child = spawn(process.execPath, ['--import', 'tsx', CLI, ...args], {
    env: { PATH: process.env.PATH ?? '', NODE_NO_WARNINGS: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const timer = killMs > 0 ? setTimeout(() => child.kill('SIGKILL'), killMs) : null
  const [code] = await once(child, 'close')
  if (timer !== null) clearTimeout(timer)
  return { code, stdout, stderr }
}

describe('pools scan and build --scanned', () => {
  it('give the bytes of one process through buckets, and download no log but for a wanted line', async () => {
    const store = await startS3()
    try {
      await withFolder(async (folder) => {
        const files = edgeLogs()
        await writeFiles(join(folder, 'in'), files)
        await store.putFolder('logs', join(folder, 'in'))
        const env = { HOME: folder, ...store.env }
        const scanned = 's3://bucket/scanned'
        const share = ['--max-reject-share', '1']
        const shard = (text: string) => [
          'scan',
          '--input',
          's3://bucket/logs',
          '--into',
          scanned,
          '--shard',
          text,
          ...share,
        ]
        await pools(env, shard('0/2'), 1500)
        for (const text of ['1/2', '0/2']) {
          const { code, stderr } = await pools(env, shard(text))
          expect(code, stderr).toBe(0)
        }

        const built = await pools(env, [
          ...['build', '--input', 's3://bucket/logs', '--out', join(folder, 'out'), ...share],
          ...['--scanned', scanned, '--cache', join(folder, 'cache')],
        ])

        expect(built.code, built.stderr).toBe(0)
        expect(built.stderr).toContain('download 0 files')
        expect(await describeBuild(join(folder, 'out'))).toMatchObject(
          withoutWarnings(await buildAlone(folder)),
        )
        const again = await pools(env, [...shard('0/1'), '--json'])
        expect(JSON.parse(again.stdout)).toMatchObject({ scanned: 0, rows: 0 })
      })
    } finally {
      await store.stop()
    }
  }, 600_000)

  it('are whole after any kill', async () => {
    await withFolder(async (folder) => {
      await writeFiles(join(folder, 'in'), edgeLogs())
      const [input, into] = [join(folder, 'in'), join(folder, 'scanned')]
      const args = ['scan', '--input', input, '--into', into, '--max-reject-share', '1']
      // From before the first file to after the last, on a machine of any speed.
      for (let killMs = 500; killMs < size(3000, 8000); killMs += 500) {
        await pools({ HOME: folder }, args, killMs)
      }
      const { code, stderr } = await pools({ HOME: folder }, args)
      expect(code, stderr).toBe(0)

      await buildScanned({ folder })

      expect(await describeBuild(join(folder, 'out'))).toEqual(await buildAlone(folder))
    })
  }, 600_000)
})

/** Of missing journals and links there is nothing to tell in a bucket. */
function withoutWarnings<T extends object>(build: T): Omit<T, 'warnings'> {
  const { warnings: _, ...others } = build as T & { warnings: unknown }
  return others
}
