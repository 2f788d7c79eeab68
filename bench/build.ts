/**
 * The build beside its floor and beside a build without any distrust, in one run:
 *
 *     npx tsx bench/build.ts [SCALE …]          default: 1 100
 *
 * Ratios are taken round by round, so that a slow minute of the machine falls on both sides.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { makeSample } from '../pipeline/sample.ts'
import { withFolder } from '../test/helpers/folders.ts'
import { median, range } from './statistics.ts'

const WAYS = ['scan', 'sha256', 'plain', 'strict'] as const
type Way = (typeof WAYS)[number]

const ROUNDS = 5

interface Sample {
  readonly wallMs: number
  readonly cpuMs: number
  readonly peakMb: number
}

const scales = process.argv.slice(2).map(Number)
console.log(`${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}, ${ROUNDS} rounds`)
for (const scale of scales.length > 0 ? scales : [1, 100]) {
  await withFolder(async (folder) => {
    const input = join(folder, 'in')
    const { files } = await makeSample({ out: input, scale, seed: 0 })
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
    console.log(`\nscale ${scale}: ${(bytes / 1e6).toFixed(0)} MB`)
    console.log(formatTable(await measure(input)))
  })
}

/** Each round runs all ways; one more round at the start fills the file cache and is not counted. */
async function measure(input: string): Promise<Map<Way, Sample[]>> {
  const samples = new Map<Way, Sample[]>(WAYS.map((way) => [way, []]))
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const way of WAYS) {
      const sample = await runOnce(way, input)
      if (round > 0) samples.get(way)?.push(sample)
    }
  }
  return samples
}

async function runOnce(way: Way, input: string): Promise<Sample> {
  const child = fork(new URL('build-target.ts', import.meta.url), [way, input])
  const [sample] = await once(child, 'message')
  await once(child, 'exit')
  return sample as Sample
}

function formatTable(samples: Map<Way, Sample[]>): string {
  const scans = samples.get('scan') ?? []
  const plains = samples.get('plain') ?? []
  const rows = WAYS.map((way) => {
    const own = samples.get(way) ?? []
    const ratio = (others: readonly Sample[]) =>
      median(
        own.map(({ wallMs }, round) => wallMs / (others[round]?.wallMs ?? Number.NaN)),
      ).toFixed(2)
    const wall = own.map(({ wallMs }) => wallMs)
    return [
      way,
      `${median(wall).toFixed(0)} (${range(wall)})`,
      median(own.map(({ cpuMs }) => cpuMs)).toFixed(0),
      median(own.map(({ peakMb }) => peakMb)).toFixed(0),
      ratio(scans),
      ratio(plains),
    ]
  })
  const head = ['way', 'wall ms (range)', 'cpu ms', 'peak MB', 'of scan', 'of plain']
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
}
