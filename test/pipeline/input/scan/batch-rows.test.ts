/** The loops that parse nearly all lines, against the proof of clean lines and against plain JavaScript. */
import { describe, expect, it } from 'vitest'
import type { Table } from '../../../../contract/schema.ts'
import { openBatches } from '../../../../pipeline/input/scan/batch-rows.ts'
import { readCleanLines } from '../../../../pipeline/input/scan/clean-lines.ts'
import type { Header } from '../../../../pipeline/input/scan/header.ts'
import { headerOf } from '../../../helpers/scan.ts'
import { seededRandom } from '../../../helpers/seeded-random.ts'
import { size } from '../../../helpers/size.ts'

const SEED = 20_261_130

const HEADERS: Readonly<Record<Table, readonly string[]>> = {
  impressions: ['banner_id,campaign_id', 'event,banner_id,campaign_id', 'campaign_id,x,banner_id'],
  clicks: [
    'click_id,banner_id,campaign_id',
    'event,click_id,banner_id,campaign_id',
    'campaign_id,click_id,note,banner_id',
  ],
  conversions: [
    'conversion_id,click_id,revenue',
    'event,conversion_id,click_id,revenue',
    'revenue,conversion_id,note,click_id',
  ],
}

const IDS = ['1', '9', '10', '401', '999999999', '1000000000', '2147483648', '4294967296']
const LONG_IDS = ['999999999999999', '1000000000000000', '9007199254740993', '999999999999999999']
const REVENUES = [
  '0',
  '0.5',
  '0.000001',
  '12.25',
  '999999999.999999',
  '1000000000',
  '999999999999.1',
]
const BAD = [
  ...['', '0', '01', '-1', '1.', '.5', '0.1234567', '00.1', ' 1', '1 ', '"1"', '1e3', 'é', '\0'],
  ...['1\r', '1,1', '1\n', '9223372036854775807', '1000000000000.5', '٣', '1,', ',1', ':', '/'],
]

describe.each(Object.entries(HEADERS) as [Table, readonly string[]][])(
  'rows of %s',
  (table, all) => {
    const headers = all.flatMap((names) => [`${names}\n`, `${names}\r\n`])

    it.each(headers)(`are those of clean lines, after the header %j (seed ${SEED})`, (line) => {
      const header = headerOf(line, table)
      const random = seededRandom(SEED)
      for (let round = 0; round < size(150, 5000); round += 1) {
        const block = Buffer.from(makeBlock(header, random))
        const start = random() < 0.5 ? 0 : block.indexOf(10) + 1

        const found = read(table, header, block, start)

        const context = { line, block: block.toString(), start }
        expect({ ...context, ...found.run }).toEqual({
          ...context,
          ...readCleanLines(header, block, start),
        })
        expect({ ...context, rows: found.rows }).toEqual({
          ...context,
          rows: parsePlainly(table, header, block.toString('latin1', start, found.run.end)),
        })
      }
    })

    it('come in batches that lose none at their borders', () => {
      const header = headerOf(`${all[0]}\n`, table)
      const lines = Array.from({ length: 20_001 }, (_, row) =>
        header.kinds.map((_kind, field) => row * 3 + field + 1).join(','),
      )
      const block = Buffer.from(`${lines.join('\n')}\n`)
      const half = block.indexOf(10, block.length / 2) + 1
      const rows: string[] = []
      const accepted = openBatches({
        table,
        header,
        keep: (batch) => rows.push(...format(table, batch)),
        finish() {},
      })

      const first = accepted.readClean(block.subarray(0, half), 0)
      const second = accepted.readClean(block.subarray(half), 0)
      accepted.finish()

      expect(first.lines + second.lines).toBe(20_001)
      expect(rows).toEqual(parsePlainly(table, header, block.toString()))
    })
  },
)

function read(table: Table, header: Header, block: Buffer, start: number) {
  const rows: string[] = []
  const keep = (batch: Parameters<typeof format>[1]) => rows.push(...format(table, batch))
  const accepted = openBatches({ table, header, keep, finish() {} })
  const run = accepted.readClean(block, start)
  accepted.finish()
  return { run, rows }
}

/** Rows as text, a revenue in millionths. */
function format(
  _table: Table,
  { columns, count }: { readonly columns: readonly Int32Array[]; readonly count: number },
): string[] {
  const values = columns.map((column) => new BigInt64Array(column.buffer))
  return Array.from({ length: count }, (_, row) => values.map((column) => column[row]).join(','))
}

/** Clean lines, read with split. */
function parsePlainly(table: Table, header: Header, text: string): string[] {
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''))
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const fields = line.split(',')
      return header.positions
        .map((place, column) => {
          const field = fields[place] ?? ''
          if (table !== 'conversions' || column !== 2) return BigInt(field)
          const [whole = '', decimals = ''] = field.split('.')
          return BigInt(whole + decimals.padEnd(6, '0'))
        })
        .join(',')
    })
}

/** A few lines, of which some do not fit; the last may lack its end, or a part of it. */
function makeBlock(header: Header, random: () => number): string {
  const pick = (values: readonly string[]) => values[Math.floor(random() * values.length)] ?? ''
  const badness = random() < 0.5 ? 0 : 0.05
  const lines = Array.from({ length: Math.floor(random() * 8) }, () => {
    const fields = header.kinds.map((kind) => {
      if (random() < badness) return pick(BAD)
      if (kind === 'revenue') return pick(REVENUES)
      if (kind === 'other') return pick(['', '0:1', 'a b', '~', ' '])
      return random() < 0.1 ? pick(LONG_IDS) : pick(IDS)
    })
    const lineEnd =
      random() < badness ? pick(['\n', '\r\n', '\r', '\r\r\n', '\n\n']) : header.lineEnd
    return `${fields.join(',')}${lineEnd}`
  })
  const text = lines.join('')
  return random() < 0.3 ? text.slice(0, Math.max(0, text.length - Math.ceil(random() * 6))) : text
}
