/** A build that is killed, or runs out of disk: what was published before stays whole, and the next build is right. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkBuild } from '../../pipeline/ask/check.ts'
import { withDatabase } from '../../pipeline/base/database.ts'
import { makeSample } from '../../pipeline/sample/sample.ts'
import { hashOutputs } from '../../scripts/lib/outputs.ts'
import { PROGRAMS } from '../../scripts/lib/programs.ts'
import { queryOutputs, smallWorld } from '../helpers/builds.ts'
import { createFolder, removeFolder, withFolder, writeFiles } from '../helpers/folders.ts'
import { seededRandom } from '../helpers/seeded-random.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** How many builds are killed. */
const KILLS = Number(process.env.KILLS ?? 200)

let input = ''
let folder = ''

beforeAll(async () => {
  folder = await createFolder()
  input = join(folder, 'in')
  await makeSample({ out: input, scale: 0.2, seed: 1 })
})
afterAll(() => removeFolder(folder))

describe('a build that is killed', () => {
  it(`at ${KILLS} random moments leaves the old or the new build current and whole`, {
    timeout: 1_800_000,
  }, async () => {
    const out = join(folder, 'out')
    const first = await build(out, 0)
    expect(first.code).toBe(0)
    const random = seededRandom(7)
    let { elapsedMs: durationMs } = await build(out, 1)
    let current = (await checkBuild(out)).build_id
    let killed = 0
    let switched = 0

    for (let seed = 2; killed < KILLS; seed += 1) {
      // Every second kill is about the end, where the switch is.
      const share = seed % 2 === 0 ? random() : 0.8 + random() * 0.25
      // A seed that was not built yet, so there is always something to do.
      // Every third stages its input anew.
      const flags = seed % 3 === 0 ? ['--force'] : []
      const killAfterMs = share * durationMs
      const { code, elapsedMs } = await buildFrom(input, out, seed, { killAfterMs, flags })
      const checked = await checkBuild(out)

      const errors = checked.checks.filter((check) => check.severity === 'error' && !check.passed)
      expect(errors).toEqual([])
      if (code === null) {
        killed += 1
        if (checked.build_id !== current) switched += 1
      } else durationMs = elapsedMs // the machine became faster or slower
      current = checked.build_id
    }
    const last = await build(out, 0)

    expect(last.code).toBe(0)
    expect((await buildFrom(input, join(folder, 'scratch'), 0)).code).toBe(0)
    expect(await hashOutputs(out)).toEqual(await hashOutputs(join(folder, 'scratch')))
    expect(await readdir(out)).not.toContain('.work')
    expect((await readdir(join(out, 'builds'))).filter((name) => name.startsWith('.'))).toEqual([])
    console.log(`${killed} builds killed, ${switched} of them after the switch`)
  })
})

describe('a build that spills to a disk that gets full', () => {
  it('says so, leaves the current build in place, and is right with more memory', async () => {
    await withSmallDisk(60, async (disk) => {
      const [world, out] = [join(folder, 'sparse'), join(disk, 'out')]
      await writeFiles(world, smallWorld())
      expect((await buildFrom(world, out, 0)).code).toBe(0)
      const current = (await checkBuild(out)).build_id
      await writeSparseClicks(join(world, '1/clicks_sparse.csv'))

      const full = await buildFrom(world, out, 0, { flags: ['--memory-limit', '300MB'] })

      expect(full.code).toBe(1)
      expect(full.stderr).toMatch(/^pools: disk full, free some space.*$/m)
      expect(full.stderr).not.toContain('    at ')
      expect((await checkBuild(out)).build_id).toBe(current)

      const enough = await buildFrom(world, out, 0)

      expect(enough.code).toBe(0)
      expect(await queryOutputs(out, SPARSE_QUERY)).toEqual([{ clicks: 4_000_000 }])
    })
  })
})

/** Campaign 70 has no clicks but those of {@link writeSparseClicks}. */
const SPARSE_QUERY =
  'select sum(clicks)::bigint::double as clicks from banner_stats where campaign_id = 70'

/** Four million clicks whose ids descend and are too far apart for a bitmap, so that finding the repeated ones takes memory. */
async function writeSparseClicks(path: string): Promise<void> {
  await withDatabase(':memory:', { threads: 2, memoryLimit: '1GB' }, async (connection) => {
    await connection.run(
      `copy (
         select (4000000 - row) * 200000007 + 1000 as click_id, row % 7 + 1 as banner_id, 70 as campaign_id
         from range(4000000) as rows (row)
       ) to '${path}' (header)`,
    )
  })
}

describe('a build on a full disk', () => {
  it.each([
    ['while it writes', 64 * 1024],
    ['at once', 0],
  ])('says so %s, and leaves the current build in place', async (_, freeBytes) => {
    await withSmallDisk(4, async (disk) => {
      const out = join(disk, 'out')
      const small = join(folder, `small${freeBytes}`)
      await makeSample({ out: small, scale: 0.001, seed: 1 })
      expect((await buildFrom(small, out, 0)).code).toBe(0)
      const current = (await checkBuild(out)).build_id
      await fillDisk(disk, freeBytes)

      const full = await buildFrom(input, out, 1)

      expect(full.code).toBe(1)
      expect(full.stderr).toMatch(/^pools: (.*: )?(disk full, free some space|ENOSPC).*$/m)
      expect(full.stderr).not.toContain('    at ')
      expect((await checkBuild(out)).build_id).toBe(current)
    })
  })
})

/** Runs `fn` with a folder of this size, which only root can make. */
async function withSmallDisk(
  megabytes: number,
  fn: (disk: string) => Promise<void>,
): Promise<void> {
  await withFolder(async (disk) => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', disk])
    try {
      await fn(disk)
    } finally {
      execFileSync('umount', ['--lazy', disk])
    }
  })
}

/** Leaves so many bytes free. */
async function fillDisk(disk: string, freeBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(disk)
  await writeFile(join(disk, 'filler'), Buffer.alloc(bavail * bsize - freeBytes))
}

interface Ended {
  /** Null if it was killed. */
  readonly code: number | null
  readonly stderr: string
  readonly elapsedMs: number
}

function build(out: string, seed: number): Promise<Ended> {
  return buildFrom(input, out, seed)
}

async function buildFrom(
  from: string,
  out: string,
  seed: number,
  { killAfterMs, flags: more = [] }: { killAfterMs?: number; flags?: readonly string[] } = {},
): Promise<Ended> {
  const flags = ['--input', from, '--out', out, '--seed', String(seed), '--keep', '3', ...more]
  const startMs = performance.now()
  const child = spawn(process.execPath, [PROGRAMS.pools, 'build', ...flags], {
    cwd: ROOT,
  })
  const output = { stderr: '' }
  child.stderr.on('data', (chunk) => {
    output.stderr += chunk
  })
  child.stdout.resume()
  const timer =
    killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs)
  const [code] = await once(child, 'close')
  clearTimeout(timer)
  return { code: code as number | null, ...output, elapsedMs: performance.now() - startMs }
}
