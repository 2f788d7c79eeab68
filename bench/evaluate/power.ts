/**
 * What `pools evaluate` finds of differences that `pools sample --effect` plants, by the commands themselves. Writes the
 * table of docs/evaluate.md.
 *
 *   npx tsx bench/evaluate/power.ts [--seeds 5] [--scales 1,10] [--effects 0,0.2,0.5,1,2]
 */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import type { Evaluation } from '../../contract/evaluation.ts'
import { formatTable, writeSection } from '../document.ts'
import { median } from '../statistics.ts'

const run = promisify(execFile)
const PROGRAM = fileURLToPath(new URL('../../bin/pools.mjs', import.meta.url))
const MAX_OUTPUT = 1 << 28

const { values: flags } = parseArgs({
  options: {
    seeds: { type: 'string', default: '5' },
    scales: { type: 'string', default: '1,10' },
    effects: { type: 'string', default: '0,0.2,0.5,1,2' },
  },
})
const seeds = Array.from({ length: Number(flags.seeds) }, (_, index) => index + 1)
const rows: string[][] = []
for (const scale of flags.scales.split(',')) {
  for (const effect of flags.effects.split(',')) {
    const found: Evaluation[] = []
    for (const seed of seeds) found.push(await evaluateSample({ scale, effect, seed }))
    rows.push(describe(scale, effect, found))
    console.log(rows.at(-1)?.join(' | '))
  }
}
const head = [
  ...['scale', 'effect', 'promised', 'brought', 'random', 'beats chance', 'p ≤ 0.05'],
  ...['pools that differ', 'mean stability'],
]
await writeSection('evaluate.md', 'power', formatTable(head, rows))

async function evaluateSample({
  scale,
  effect,
  seed,
}: {
  scale: string
  effect: string
  seed: number
}): Promise<Evaluation> {
  const folder = await mkdtemp(join(tmpdir(), 'pools-power-'))
  try {
    const made = ['--scale', scale, '--effect', effect, '--seed', String(seed)]
    await pools('sample', '--out', folder, ...made)
    return JSON.parse(await pools('evaluate', '--input', folder, '--json')) as Evaluation
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function pools(...args: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [PROGRAM, ...args], { maxBuffer: MAX_OUTPUT })
  return stdout
}

/** Medians over the seeds; counts of runs and of pools. */
function describe(scale: string, effect: string, found: readonly Evaluation[]): string[] {
  const middle = (value: (one: Evaluation) => number | null) =>
    median(found.map((one) => value(one) ?? Number.NaN))
  const count = (isSo: (one: Evaluation) => boolean) =>
    `${found.filter(isSo).length} of ${found.length}`
  return [
    ...[scale, effect],
    middle(({ overall }) => overall.naive).toFixed(0),
    middle(({ overall }) => overall.honest.value).toFixed(0),
    middle(({ overall }) => overall.chance.value).toFixed(0),
    count(({ overall }) => overall.verdict === 'the rule beats chance'),
    count(({ overall }) => (overall.p_value ?? 1) <= 0.05),
    `${middle(({ overall }) => overall.different_adjusted)} of ${found[0]?.pools.length ?? 0}`,
    `${(100 * middle(({ overall }) => overall.mean_stability)).toFixed(0)} %`,
  ]
}
