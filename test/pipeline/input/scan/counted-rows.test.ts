/** The loop that counts impressions as it reads them, against rows that are read first and counted one by one. */
import { describe, expect, it } from 'vitest'
import { openBatches } from '../../../../pipeline/input/scan/batch-rows.ts'
import { countPairs } from '../../../../pipeline/input/scan/counted-rows.ts'
import type { Header } from '../../../../pipeline/input/scan/header.ts'
import { headerOf } from '../../../helpers/scan.ts'
import { seededRandom } from '../../../helpers/seeded-random.ts'
import { size } from '../../../helpers/size.ts'

const SEED = 20_261_201

/** Lines above this size are more than one piece for the way that reads rows. */
const LARGE = 30_000

const BAD = [
  '',
  '0',
  '01',
  '-1',
  ' 1',
  '"1"',
  '1e3',
  'é',
  '1\r',
  '1,1',
  '\0',
  ':',
  '/',
  '1234567890',
]

const HEADERS = ['banner_id,campaign_id', 'event,banner_id,campaign_id']

describe('countPairs', () => {
  it.each(HEADERS.flatMap((names) => [`${names}\n`, `${names}\r\n`]))(
    `counts the rows that are read, after the header %j (seed ${SEED})`,
    { timeout: 120_000 },
    (line) => {
      const header = headerOf(line, 'impressions')
      const random = seededRandom(SEED)
      for (let round = 0; round < size(20, 3000); round += 1) {
        const blocks = [makeBlock(header, random, 8), makeBlock(header, random, 8)]
        expectEqual(header, blocks)
      }
      for (let round = 0; round < size(1, 20); round += 1) {
        expectEqual(header, [makeBlock(header, random, LARGE), makeBlock(header, random, LARGE)])
      }
    },
  )
})

/** Both ways read each block from its start, as far as it is clean. */
function expectEqual(header: Header, blocks: readonly string[]): void {
  const counts = new Map<string, number>()
  const take = (banner: number, campaign: number, count: number) =>
    addTo(counts, `${banner},${campaign}`, count)
  const counted = countPairs(header, take, () => undefined)
  const expected = new Map<string, number>()
  const rows = openBatches({
    table: 'impressions',
    header,
    keep({ columns, count }) {
      const [banners, campaigns] = columns.map((column) => new BigInt64Array(column.buffer))
      for (let row = 0; row < count; row += 1) {
        addTo(expected, `${banners?.[row]},${campaigns?.[row]}`, 1)
      }
    },
    finish() {},
  })

  for (const text of blocks) {
    const block = Buffer.from(text)
    const runs = [counted.readClean(block, 0), rows.readClean(block, 0)]
    expect({ text, run: runs[0] }).toEqual({ text, run: runs[1] })
  }
  counted.finish()
  rows.finish()

  const sorted = (map: ReadonlyMap<string, number>) => [...map].sort()
  expect(sorted(counts)).toEqual(sorted(expected))
}

function addTo(counts: Map<string, number>, pair: string, count: number): void {
  counts.set(pair, (counts.get(pair) ?? 0) + count)
}

/** Lines of ids close together, some of them far away; a few are not clean, the last may lack its end. */
function makeBlock(header: Header, random: () => number, most: number): string {
  const whole = (limit: number) => 1 + Math.floor(random() * limit)
  const pick = (values: readonly string[]) => values[whole(values.length) - 1] ?? ''
  const badness = random() < 0.5 ? 0 : 0.3 / most
  const farness = random() < 0.5 ? 0 : 0.1
  const lines = Array.from({ length: whole(most) }, () => {
    const fields = header.kinds.map((kind) => {
      if (random() < badness) return pick(BAD)
      if (kind === 'other') return '0:1'
      return String(random() < farness ? whole(2 ** 33) : whole(400))
    })
    return `${fields.join(',')}${random() < badness ? '\n\n' : header.lineEnd}`
  })
  const text = lines.join('')
  return random() < 0.3 ? text.slice(0, -whole(3)) : text
}
