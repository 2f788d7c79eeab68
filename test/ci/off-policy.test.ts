/** The off-policy formulas on logs of others: the Open Bandit Dataset's small logs, in the source of `obp` on PyPI. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { type PolicyValue, sumDecisions, valuePolicy } from '../../pipeline/evaluate/off-policy.ts'
import { withFolder } from '../helpers/folders.ts'

const run = promisify(execFile)
const REFERENCE = fileURLToPath(new URL('../helpers/evaluate/off_policy.py', import.meta.url))
const NAME = 'obp-0.5.7'
const CAMPAIGNS = ['all', 'men', 'women'] as const

interface Expected {
  readonly weighted: number
  readonly self_normalised: number
  readonly effective_decisions: number
}

interface Reference {
  readonly random_from_other: Expected
  readonly other_from_random: Expected
  readonly random_mean: number
  readonly other_mean: number
}

/** A line of a log: item and position, whether it was clicked, the probability that it was shown with. */
interface Shown {
  readonly item: string
  readonly pair: string
  readonly position: string
  readonly reward: number
  readonly logged: number
}

/** Gives `fn` the folder of the six logs. Their licence lets them be used, but they are no part of this repository. */
function withLogs(fn: (folder: string) => Promise<void>): Promise<void> {
  return withFolder(async (folder) => {
    const flags = ['--ignore-requires-python', '--no-deps', '--no-binary', ':all:']
    const source = NAME.replace('-', '==')
    await run('python3', ['-m', 'pip', 'download', '--quiet', ...flags, '-d', folder, source])
    await run('tar', ['-xzf', join(folder, `${NAME}.tar.gz`), '-C', folder])
    await fn(join(folder, NAME, 'obp/dataset/obd'))
  })
}

async function readLog(folder: string, policy: 'random' | 'bts', campaign: string) {
  const text = await readFile(join(folder, policy, campaign, `${campaign}.csv`), 'utf8')
  const [header = '', ...lines] = text.trim().split('\n')
  const at = (name: string) => header.split(',').indexOf(name)
  const columns = ['item_id', 'position', 'click', 'propensity_score'].map(at)
  return lines.map((line): Shown => {
    const cells = line.split(',')
    const [item = '', position = '', click = '', logged = ''] = columns.map((c) => cells[c] ?? '')
    return { item, position, pair: `${item} ${position}`, reward: +click, logged: +logged }
  })
}

/** How often a policy chose an item at a position, which is what it was on average. */
function averagePolicy(log: readonly Shown[]): Map<string, number> {
  const [pairs, positions] = [new Map<string, number>(), new Map<string, number>()]
  for (const { pair, position } of log) {
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1)
    positions.set(position, (positions.get(position) ?? 0) + 1)
  }
  return new Map(
    log.map(({ pair, position }) => [
      pair,
      (pairs.get(pair) ?? 0) / (positions.get(position) ?? 1),
    ]),
  )
}

function value(log: readonly Shown[], wanted: (shown: Shown) => number): PolicyValue {
  return valuePolicy(sumDecisions(log.map((shown) => ({ ...shown, wanted: wanted(shown) }))))
}

function assertEqual(actual: PolicyValue, expected: Expected): void {
  const pairs = [
    [actual.weighted.value, expected.weighted],
    [actual.selfNormalised.value, expected.self_normalised],
    [actual.effectiveDecisions, expected.effective_decisions],
  ] as const
  for (const [mine, other] of pairs) {
    expect(Math.abs((mine ?? Number.NaN) / other - 1)).toBeLessThan(1e-12)
  }
}

describe('valuePolicy', () => {
  it('agrees with fractions on the six logs of the Open Bandit Dataset, and covers what the other policy brought', async () => {
    await withLogs(async (folder) => {
      const { stdout } = await run('python3', [REFERENCE, folder])
      const reference = JSON.parse(stdout) as Record<string, Reference>
      for (const campaign of CAMPAIGNS) {
        const expected = reference[campaign]
        if (expected === undefined) throw new Error(`no reference of ${campaign}`)
        const random = await readLog(folder, 'random', campaign)
        const other = await readLog(folder, 'bts', campaign)
        const items = new Set(random.map(({ item }) => item)).size
        const policy = averagePolicy(other)

        const fromOther = value(other, () => 1 / items)
        const fromRandom = value(random, ({ pair }) => policy.get(pair) ?? 0)

        assertEqual(fromOther, expected.random_from_other)
        assertEqual(fromRandom, expected.other_from_random)
        for (const { low, high } of [fromRandom.weighted, fromRandom.selfNormalised]) {
          expect(low).toBeLessThan(expected.other_mean)
          expect(high).toBeGreaterThan(expected.other_mean)
        }
      }
    })
  })
})
