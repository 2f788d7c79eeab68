/**
 * Random logs, cut anywhere and written in any order, while a follower is killed, stopped, and its files are renamed,
 * packed and removed: every state that it publishes has the bytes of a batch and of the naive reference.
 */
import { cpSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { findPlaces, readServed } from '../../pipeline/live/served.ts'
import { holdPublication } from '../../pipeline/publish/hold.ts'
import { CASES, countCases } from '../helpers/coverage.ts'
import { withFolder } from '../helpers/folders.ts'
import { followFolders, type TestFollower, verifyFolders } from '../helpers/follow.ts'
import { checkStates, createReport, type StateReport } from '../helpers/live/check-states.ts'
import { LiveInput } from '../helpers/live/live-input.ts'
import { createLiveWorld, ONLY_NAME, pick } from '../helpers/live/live-world.ts'
import { seededRandom } from '../helpers/seeded-random.ts'

/** How many worlds; a thousand take a night. */
const WORLDS = Number(process.env.BANNER_POOLS_WORLDS ?? 1)
const SEED = Number(process.env.BANNER_POOLS_TEST_SEED ?? 25)
/** Batches of a world that are written before what is left of it. */
const STEPS = 9
const PATIENCE_MS = 120_000
const SETTINGS = { buildEvery: 4, changeEvery: 100, threads: 1 }

/** What happens to the follower after a batch. */
type Fate = 'goes on' | 'is killed' | 'is stopped'

interface Run {
  readonly folder: string
  readonly input: LiveInput
  readonly random: () => number
  readonly report: StateReport
  /** Number of the artifacts folder: a follower that is killed leaves a copy of its folder as it was then. */
  lives: number
}

describe('a follower of random logs', () => {
  const reports: StateReport[] = []

  for (let world = 0; world < WORLDS; world += 1) {
    const seed = SEED + world
    it(`publishes what the rules say, in every state, seed ${seed}`, {
      timeout: 900_000,
    }, async () => {
      await withFolder(async (folder) => {
        const random = seededRandom(seed)
        const input = new LiveInput(join(folder, 'in'), createLiveWorld(seed, random))
        const run: Run = { folder, input, random, report: createReport(), lives: 0 }
        // Whole headers, so that a build can be made.
        for (const file of input.growing()) await input.append(file, file.text.indexOf('\n') + 1)
        let steps = 0
        while (steps < STEPS) steps = await live(run, steps)
        await end(run)

        expect(run.report.wrong).toEqual([])
        reports.push(run.report)
        console.info(`${run.report.states.length} states, ${run.lives} kills`)
      })
    })
  }

  it('is shown every rule, repeat, conflict and orphan', () => {
    expect(reports.length).toBe(WORLDS)
    expectCoverage(reports)
  })
})

/** One life of a follower. Gives how many steps are done. */
function live(run: Run, done: number): Promise<number> {
  const { input } = run
  return followFolders(
    input.folder,
    outOf(run),
    async (follower) => {
      let steps = done
      let fate: Fate = 'goes on'
      while (steps < STEPS && fate === 'goes on') {
        await writeBatch(run)
        fate = pick<Fate>(['goes on', 'is killed', 'is killed', 'is stopped'], run.random)
        steps += 1
        if (fate === 'is killed') await kill(run, follower)
        else await catchUp(run, follower)
        if (fate === 'is stopped') await follower.stop()
      }
      return steps
    },
    SETTINGS,
  )
}

function outOf({ folder, lives }: Run): string {
  return join(folder, `out-${lives}`)
}

/** Appends pieces that end anywhere; sometimes a file that is whole is renamed, packed or removed. */
async function writeBatch({ input, random }: Run): Promise<void> {
  const pieces = 1 + Math.floor(random() * 25)
  for (let piece = 0; piece < pieces && input.growing().length > 0; piece += 1) {
    const file = pick(input.growing(), random)
    await input.append(file, 1 + Math.floor((random() * file.text.length) / 3))
    if (random() < 0.3) await sleep(random() * 200)
  }
  const whole = input.whole().filter(({ file }) => file.name !== ONLY_NAME)
  if (whole.length === 0) return
  const file = pick(whole, random)
  const action = pick(['rename', 'pack', 'remove', null] as const, random)
  if (action !== null) await input[action](file)
}

/** The moment of a kill is that of the copy: what the follower does after it, the next one never sees. */
async function kill(run: Run, follower: TestFollower): Promise<void> {
  await sleep(run.random() * 1_500)
  const before = outOf(run)
  run.lives += 1
  const after = outOf(run)
  for (;;) {
    try {
      cpSync(before, after, { recursive: true, verbatimSymlinks: true })
      break
    } catch (error) {
      // A file was renamed while the copy was made: no such moment was.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      await rm(after, { recursive: true, force: true })
      if ((await follower.state()) === null) await follower.waitFor(() => true)
    }
  }
  // Without it, the old one would make a last build.
  await holdPublication(before, { reason: 'killed', now: () => new Date() }).catch(() => undefined)
}

/** Waits until all whole lines are published; then compares all that was, and the last state with a batch, too. */
async function catchUp(run: Run, follower: TestFollower): Promise<void> {
  const { input, report } = run
  const out = outOf(run)
  const wanted = [...input.lengths()].sort()
  const startMs = performance.now()
  for (;;) {
    const served = await readServed(out).catch(() => null)
    const places = served === null ? [] : [...findPlaces(served)]
    const found = places.map(([path, { linesBytes }]) => [path, linesBytes]).sort()
    if (JSON.stringify(found) === JSON.stringify(wanted)) break
    if (performance.now() - startMs > PATIENCE_MS) {
      expect({ found, notes: follower.notes }).toEqual({ found: wanted, notes: [] })
    }
    await sleep(50)
  }
  await checkStates(out, input, report)
  expect(report.wrong).toEqual([])
  expect(await verifyFolders(input.folder, out)).toMatchObject({ isEqual: true })
}

/** Writes what is left of all files, and stops. */
async function end(run: Run): Promise<void> {
  const { input } = run
  await followFolders(
    input.folder,
    outOf(run),
    async (follower) => {
      for (const file of input.growing()) await input.append(file, file.text.length)
      await catchUp(run, follower)
      // With it, campaigns go that are nowhere else.
      const only = input.whole().find((file) => file.file.name === ONLY_NAME)
      if (only !== undefined) await input.remove(only)
      await catchUp(run, follower)
      await follower.stop()
      await catchUp(run, follower)
    },
    SETTINGS,
  )
}

/** A test on made data must not pass on nothing. */
function expectCoverage(reports: readonly StateReport[]): void {
  const references = reports.flatMap((report) => report.references)
  const cases = countCases(references)
  const leftOut = references.map((reference) => reference.leftOut)
  expect(CASES.filter((name) => cases[name] === 0)).toEqual([])
  for (const kind of ['duplicates', 'conflicts', 'orphans'] as const) {
    expect(leftOut.reduce((sum, counts) => sum + counts[kind], 0)).toBeGreaterThan(100)
  }
  const changes = reports.flatMap(({ states }) => states.filter((state) => state.includes('+')))
  expect(changes.length).toBeGreaterThan(5)
  expect(reports.reduce((sum, { vanished }) => sum + vanished, 0)).toBeGreaterThan(0)
}
