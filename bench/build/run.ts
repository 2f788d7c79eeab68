/**
 * The build beside its floor, beside a build without any distrust, and beside what one would pick instead; writes
 * docs/benchmarks.md and its chart:
 *
 *     npx tsx bench/build/run.ts --date 2026-11-23 [--scales 1,10,100] [--rounds 5] [--python PATH]
 *     npx tsx bench/build/run.ts --date 2026-11-23 --scales 1000 --only large
 *
 * Ratios are taken round by round, so that a slow minute of the machine falls on both sides.
 */
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import { withTemporaryFolder } from '../../pipeline/base/temporary-folder.ts'
import { makeSample } from '../../pipeline/sample/sample.ts'
import { describeMachine, writeSection } from '../document.ts'
import { drawChart } from './chart.ts'
import type { Sample } from './measure.ts'
import {
  assertSamePools,
  formatIncremental,
  formatRatios,
  formatScale,
  formatSteps,
  type ScaleResult,
} from './report.ts'
import { splitLogs } from './split.ts'
import {
  type Incremental,
  installPython,
  measureIncremental,
  OWN_WAYS,
  otherWays,
  type Way,
} from './ways.ts'
import { compileProgram } from './whole-build.ts'

const DOCUMENT = 'benchmarks.md'
const CHART = new URL('../../docs/benchmarks.svg', import.meta.url)
/** At this scale and beyond a round takes minutes. */
const LARGE_SCALE = 1000
const LARGE_ROUNDS = 1
/** File systems note changes to 2 s (pipeline/cache/stamps.ts), and a build recognises only what is older. */
const SETTLED_MS = 2500
const INCREMENTAL_SCALE = 100

const flags = await yargs(hideBin(process.argv))
  .option('date', { type: 'string', demandOption: true, describe: 'written into the document' })
  .option('scales', { type: 'string', default: '1,10,100', describe: 'of the sample' })
  .option('rounds', { type: 'number', default: 5, describe: 'counted rounds' })
  .option('python', {
    type: 'string',
    describe: 'has the packages of requirements.txt; default: made anew',
  })
  .option('only', {
    type: 'string',
    describe: 'section of the document that gets the table, and nothing else',
  })
  .strict()
  .parseAsync()

const machine = describeMachine()
await compileProgram()
await withTemporaryFolder(async (folder) => {
  const ways = [...OWN_WAYS, ...otherWays(flags.python ?? installPython(join(folder, 'python')))]
  console.log(`${machine}; ${ways.map(({ name }) => name).join(', ')}`)
  const results: ScaleResult[] = []
  for (const scale of flags.scales.split(',').map(Number)) {
    const result = await measureScale(scale, ways, folder)
    results.push(result)
    console.log(formatScale(result))
  }
  if (flags.only !== undefined) {
    const tables = results.map(formatScale).join('\n\n')
    await writeSection(DOCUMENT, flags.only, `${flags.date}, ${machine}.\n\n${tables}`)
    return
  }
  const incremental = await measureSplit(folder)
  const facts = `${flags.date}, ${machine}.`
  await writeSection(DOCUMENT, 'ratios', `${facts}\n\n${formatRatios(results)}`)
  await writeSection(DOCUMENT, 'scales', results.map(formatScale).join('\n\n'))
  await writeSection(DOCUMENT, 'steps', formatSteps(results))
  await writeSection(DOCUMENT, 'incremental', formatIncremental(incremental))
  await writeFile(CHART, drawChart(results))
})

/** One more round at the start fills the file cache and is not counted, where rounds are short. */
async function measureScale(
  scale: number,
  ways: readonly Way[],
  folder: string,
): Promise<ScaleResult> {
  const input = join(folder, 'in')
  const { files } = await makeSample({ out: input, scale, seed: 0 })
  const isLarge = scale >= LARGE_SCALE
  const rounds = isLarge ? Math.min(LARGE_ROUNDS, flags.rounds) : flags.rounds
  const warmUp = isLarge ? 0 : 1
  const samples = new Map<string, Sample[]>()
  for (let round = 0; round < rounds + warmUp; round += 1) {
    for (const way of ways) {
      // A way that takes minutes needs no warm-up: the round of the others has filled the file cache.
      const end =
        way.maxRounds === undefined ? rounds + warmUp : warmUp + Math.min(rounds, way.maxRounds)
      const start = way.maxRounds === 1 ? warmUp : 0
      if (scale > way.maxScale || round < start || round >= end) continue
      const out = join(folder, 'out')
      const sample = await way.run(input, out)
      await rm(out, { recursive: true, force: true })
      if (round >= warmUp) samples.set(way.name, [...(samples.get(way.name) ?? []), sample])
    }
  }
  assertSamePools([...samples])
  await rm(input, { recursive: true })
  const sum = (count: 'rows' | 'bytes') => files.reduce((total, file) => total + file[count], 0)
  return { scale, rows: sum('rows'), bytes: sum('bytes'), samples }
}

async function measureSplit(folder: string): Promise<Incremental[]> {
  const [whole, input] = [join(folder, 'whole'), join(folder, 'split')]
  await makeSample({ out: whole, scale: INCREMENTAL_SCALE, seed: 0 })
  const paths = await splitLogs(whole, input)
  await new Promise((resolve) => setTimeout(resolve, SETTLED_MS))
  const rounds: Incremental[] = []
  for (let round = 0; round < flags.rounds; round += 1) {
    rounds.push(await measureIncremental(input, paths, join(folder, 'builds')))
  }
  return rounds
}
