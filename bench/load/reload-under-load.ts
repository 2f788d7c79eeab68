/**
 * Constant load for a minute, while the build is changed 10 times and the denylist 10 times. Every body has to agree
 * with one build and one denylist: the present ones or, for as long as the server is given, those before.
 *
 *     npx tsx bench/load/reload-under-load.ts --date 2026-11-30 [--rate 5000] [--seconds 60]
 */
import { readdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { BUILDS_FOLDER } from '../../contract/schema.ts'
import { withTemporaryFolder } from '../../pipeline/base/temporary-folder.ts'
import { makeCurrent } from '../../pipeline/publish/publish.ts'
import { runServer } from '../../scripts/lib/run-server.ts'
import { describeMachine, writeSection } from '../document.ts'
import { buildSample } from '../sample-pools.ts'
import { type ChangeSummary, type ChangingState, followState } from './load-changes.ts'
import { generateLoad, type LoadResult } from './load-generator.ts'
import { countFaults, formatRuns, LOAD_TEST_DOCUMENT } from './load-report.ts'
import {
  type ChoiceFault,
  createVisitors,
  type KnownPools,
  readKnownPools,
} from './load-visitors.ts'

const CHANGES = 10
const MAX_SECONDS = 120
const CONNECTIONS = 64
const WARM_UP = { rate: 2_000, seconds: 5 }

/** Milliseconds: looked for every second, then read and parsed. */
const BUILD_GRACE_MS = 3_000

/** Milliseconds: what docs/server.md promises for the denylist. */
const DENYLIST_GRACE_MS = 1_000

type Denied = ReadonlySet<number>

interface States {
  readonly build: ChangingState<string>
  readonly denied: ChangingState<Denied>
}

const { values } = parseArgs({
  options: {
    date: { type: 'string' },
    rate: { type: 'string', default: '5000' },
    seconds: { type: 'string', default: '60' },
  },
})
const [rate, seconds] = [Number(values.rate), Math.min(MAX_SECONDS, Number(values.seconds))]
if (values.date === undefined) throw new Error('--date must be given, as 2026-11-30')

await withTemporaryFolder(async (folder) => {
  const artifacts = await buildSample(folder, [0, 1])
  const [current = '', other = ''] = await readdir(join(artifacts, BUILDS_FOLDER))
  const known = new Map([
    ...(await readKnownPools(join(artifacts, BUILDS_FOLDER, current))),
    ...(await readKnownPools(join(artifacts, BUILDS_FOLDER, other))),
  ])
  await makeCurrent(artifacts, current)
  const denylist = join(folder, 'denylist.txt')
  await writeFile(denylist, '')
  await runServer(['--artifacts', artifacts, '--port', '0', '--denylist', denylist], (url) =>
    measure(new URL(url), { artifacts, builds: [current, other], known, denylist }),
  )
})

interface World {
  readonly artifacts: string
  /** The first one is served at the start. */
  readonly builds: readonly [string, string]
  readonly known: KnownPools
  readonly denylist: string
}

async function measure(url: URL, world: World): Promise<void> {
  const machine = describeMachine()
  const states: States = {
    build: followState(world.builds[0], BUILD_GRACE_MS),
    denied: followState<Denied>(new Set(), DENYLIST_GRACE_MS),
  }
  const next = createVisitors(world.known, url.host, choiceFaultIn(states))
  const target = { host: url.hostname, port: Number(url.port), connections: CONNECTIONS, next }
  await generateLoad({ ...target, ...WARM_UP })
  const stop = changeAgainAndAgain(world, states)
  const result = await generateLoad({ ...target, rate, seconds })
  stop()
  await report(machine, states, result)
}

/** The answer must be that of the build which is published, and leave out what is denied. */
function choiceFaultIn({ build, denied }: States): ChoiceFault {
  return ({ build_id, banner_id, pool_size }, pool) => {
    if (!pool.has(banner_id)) return 'a banner of another pool'
    if (!build.accepts((present) => present === build_id)) return 'an old build'
    const isRight = denied.accepts((ids) => {
      if (ids.has(banner_id)) return false
      return pool_size === [...pool].filter((id) => !ids.has(id)).length
    })
    return isRight ? undefined : 'a denied banner, or the pool of another denylist'
  }
}

/** Spreads the changes evenly; a build and a denylist change at different moments. */
function changeAgainAndAgain(world: World, { build, denied }: States): () => void {
  const everyMs = (seconds * 1000) / CHANGES
  const timers = Array.from({ length: CHANGES }, (_, turn) => [
    setTimeout(
      async () => {
        const buildId = world.builds[(turn + 1) % 2] ?? ''
        build.change(buildId)
        await makeCurrent(world.artifacts, buildId)
      },
      everyMs * (turn + 0.1),
    ),
    setTimeout(
      async () => {
        const ids = chooseDenied(world.known, turn)
        denied.change(new Set(ids))
        await writeFile(`${world.denylist}.new`, ids.map((id) => `banner ${id}\n`).join(''))
        await rename(`${world.denylist}.new`, world.denylist)
      },
      everyMs * (turn + 0.5),
    ),
  ])
  return () => timers.flat().forEach(clearTimeout)
}

/** Other banners at each turn, a tenth of all, such that each pool keeps two. */
function chooseDenied(known: KnownPools, turn: number): number[] {
  const pools = [...known.values()]
  const chosen = new Set<number>()
  for (const id of new Set(pools.flatMap((pool) => [...pool]))) {
    if (id % CHANGES !== turn) continue
    chosen.add(id)
    const isTooMuch = (pool: Denied) => [...pool].filter((other) => !chosen.has(other)).length < 2
    if (pools.some((pool) => pool.has(id) && isTooMuch(pool))) chosen.delete(id)
  }
  return [...chosen]
}

async function report(machine: string, states: States, result: LoadResult): Promise<void> {
  const [build, denied] = [states.build.summary(), states.denied.summary()]
  const text = [
    `${values.date}, ${machine}; ${seconds} s over ${CONNECTIONS} connections.`,
    formatRuns([{ rate, result }]),
    `${describeChanges('builds', build)} ${describeChanges('denylists', denied)}`,
    ...[...result.faults].map(([fault, count]) => `${count} × ${fault}.`),
  ].join('\n\n')
  console.log(text)
  await writeSection(LOAD_TEST_DOCUMENT, 'reload', text)
  const isWhole = build.seen === CHANGES && denied.seen === CHANGES
  if (countFaults(result) > 0 || !isWhole) process.exitCode = 1
}

function describeChanges(what: string, { changes, seen, slowestMs }: ChangeSummary): string {
  return `${seen} of ${changes} ${what} showed in the answers, the slowest after ${Math.round(slowestMs)} ms.`
}
