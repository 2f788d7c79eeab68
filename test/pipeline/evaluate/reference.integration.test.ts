/** Random logs of all four rules, with bad rows, against what test/helpers/evaluate/reference.py made of them. */
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { roundNumbers } from '../../../pipeline/evaluate/round.ts'
import { findDifferences } from '../../helpers/evaluate/compare.ts'
import { evaluateFiles } from '../../helpers/evaluate/evaluate.ts'
import { makeRandomLogs } from '../../helpers/evaluate/logs.ts'
import { isEveryTest, someOf } from '../../helpers/size.ts'

describe('evaluateLog', () => {
  it.each(someOf([1, 2], 1))(
    'agrees with the reference on the random logs of seed %i',
    async (seed) => {
      const path = new URL(`../../fixtures/evaluate/random-${seed}.json`, import.meta.url)
      const expected: unknown = JSON.parse(await readFile(path, 'utf8'))

      const evaluation = await evaluateFiles(makeRandomLogs(seed), { seed })

      expect(findDifferences(evaluation, expected)).toEqual([])
    },
  )

  it('gives the same document for any number of threads and any order of rows', async () => {
    const files = makeRandomLogs(3)
    const turned = Object.fromEntries(
      Object.entries(files).map(([path, text]) => [path, turnRows(String(text))]),
    )

    const one = await evaluateFiles(files, { threads: 1 })
    const two = await evaluateFiles(turned, { threads: 4 })

    expect(JSON.stringify(two)).toBe(JSON.stringify(one))
  })

  it.runIf(isEveryTest)('has no number that JSON cannot hold', async () => {
    const evaluation = await evaluateFiles(makeRandomLogs(4))
    const text = JSON.stringify(evaluation, (_, value) =>
      typeof value === 'number' && !Number.isFinite(value) ? 'not finite' : value,
    )

    expect(text).not.toContain('not finite')
    expect(JSON.stringify(roundNumbers(evaluation))).not.toMatch(/\.\d{7}|e-|-0[,}]/)
  })
})

function turnRows(text: string): string {
  const [header, ...rows] = text.trim().split('\n')
  return `${[header, ...rows.reverse()].join('\n')}\n`
}
