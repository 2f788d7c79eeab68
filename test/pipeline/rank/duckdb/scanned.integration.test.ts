/** What the scanner counts of large files, against the models over the same rows in small files. */
import { describe, expect, it } from 'vitest'
import { hashOutputs } from '../../../../scripts/lib/outputs.ts'
import { smallWorld, withBuild } from '../../../helpers/builds.ts'
import { seededRandom } from '../../../helpers/seeded-random.ts'
import { isFullSize, someOf } from '../../../helpers/size.ts'

const CLICKS = 'click_id,banner_id,campaign_id'
const CONVERSIONS = 'conversion_id,click_id,revenue'
/** Enough that a file of them is over 1 MiB, and a third of it is not. */
const ROWS = 90_000
const FIRST_ID = 1_000_000

interface Logs {
  readonly clicks: string[]
  readonly conversions: string[]
}

/** Clicks with ids that count up, a tenth of them converted. */
function makeLogs(toId: (row: number) => string = (row) => String(FIRST_ID + row)): Logs {
  const random = seededRandom(7)
  const whole = (most: number) => 1 + Math.floor(random() * most)
  const clicks = Array.from({ length: ROWS }, (_, row) => `${toId(row)},${whole(300)},${whole(20)}`)
  const conversions = Array.from({ length: ROWS / 10 }, (_, row) => {
    return `${500_000 + row},${toId(Math.floor(random() * ROWS))},${whole(9)}.${whole(999_999)}`
  })
  return { clicks, conversions }
}

/** Shifts bits so that neighbours lie far apart; 63 of them are used. */
function toFarId(row: number): string {
  return String(((BigInt(row) * 0x9e3779b97f4a7c15n) & (2n ** 63n - 1n)) + 1n).slice(0, 18)
}

/** Builds the logs as large files, or as small ones; gives what must not depend on that. */
function build({ clicks, conversions }: Logs, parts: number) {
  const { '1/clicks_1.csv': _clicks, '1/conversions_1.csv': _conversions, ...others } = smallWorld()
  const files: Record<string, string> = { ...others }
  for (let part = 0; part < parts; part += 1) {
    const cut = (rows: readonly string[]) =>
      rows.slice((part * rows.length) / parts, ((part + 1) * rows.length) / parts)
    files[`1/clicks_${part}.csv`] = `${[CLICKS, ...cut(clicks)].join('\n')}\n`
    files[`1/conversions_${part}.csv`] = `${[CONVERSIONS, ...cut(conversions)].join('\n')}\n`
  }
  return withBuild(
    files,
    async ({ out, manifest }) => {
      const { pools, banner_stats } = await hashOutputs(out)
      const totals = { accepted: 0, rejected: 0, duplicates: 0 }
      for (const input of manifest.inputs) {
        for (const key of ['accepted', 'rejected', 'duplicates'] as const) totals[key] += input[key]
      }
      return { pools, banner_stats, totals, measures: manifest.measures, checks: manifest.checks }
    },
    { maxRejectShare: 1 },
  )
}

describe('a large file of clicks', () => {
  it.each(
    someOf<[string, (logs: Logs) => void, rejected: number, duplicates: number]>(
      [
        ['whose conversions all have a click', () => undefined, 0, 0],
        [
          'with conversions without a click',
          ({ conversions }) => conversions.push('9000,5,1', '9001,6,1'),
          ...([2, 0] as const),
        ],
        [
          'with conversions in lines that are not clean',
          (logs) => {
            const [one, other] = findUnconverted(logs)
            logs.conversions.splice(5, 0, `9000,"${one}",1`, `9001,${other},1.0000001`, '9002,x,1')
          },
          ...([1, 0] as const),
        ],
        [
          'with a click in a line that is not clean',
          ({ clicks }) => clicks.splice(9, 0, '77,"5",3', 'x'),
          ...([1, 0] as const),
        ],
        ['whose ids do not ascend', ({ clicks }) => clicks.reverse(), 0, 0],
        ['in which a click stands twice', ({ clicks }) => clicks.push(clicks[3] ?? ''), 0, 1],
        [
          'in which a click stands twice with two contents',
          (logs) => logs.clicks.push(`${findUnconverted(logs)[0]},999,1`),
          ...([2, 0] as const),
        ],
      ],
      1,
    ),
  )(
    '%s counts as small files do',
    { timeout: 120_000 },
    async (_, change, rejected, duplicates) => {
      const logs = makeLogs()
      change(logs)
      const large = await build(logs, 1)
      const small = await build(logs, 3)

      expect(large).toEqual(small)
      expect(large.totals).toMatchObject({ rejected, duplicates })
    },
  )

  it.runIf(isFullSize)(
    'whose ids lie far apart counts as small files do',
    { timeout: 120_000 },
    async () => {
      const logs = makeLogs(toFarId)

      expect(await build(logs, 1)).toEqual(await build(logs, 3))
    },
  )
})

/** Clicks that no conversion names. */
function findUnconverted({ clicks, conversions }: Logs): string[] {
  const named = new Set(conversions.map((line) => line.split(',')[1]))
  return clicks.map((line) => line.split(',')[0] ?? '').filter((id) => !named.has(id))
}
