import { describe, expect, it } from 'vitest'
import { readCleanLines } from '../../../../pipeline/input/scan/clean-lines.ts'
import { PairCounter } from '../../../../pipeline/input/scan/pair-counter.ts'
import { headerOf } from '../../../helpers/scan.ts'
import { seededRandom } from '../../../helpers/seeded-random.ts'

const PLAIN = 'banner_id,campaign_id\n'

/** Counts the lines of some blocks; gives `banner,campaign` to count, and how many lines were written. */
function count(blocks: readonly string[], headerLine = PLAIN) {
  const header = headerOf(headerLine, 'impressions')
  let text = ''
  const counter = new PairCounter(header, (rows) => {
    text += rows
  })
  for (const block of blocks) {
    const bytes = Buffer.from(block)
    expect(readCleanLines(header, bytes, 0).end).toBe(bytes.length)
    counter.addLines(bytes, 0, bytes.length)
  }
  counter.finish()
  const lines = text.split('\n').slice(0, -1)
  const counts = new Map<string, number>()
  for (const line of lines) {
    const [banner, campaign, rows] = line.split(',')
    const pair = `${banner},${campaign}`
    counts.set(pair, (counts.get(pair) ?? 0) + Number(rows))
  }
  return { counts: Object.fromEntries(counts), lines: lines.length }
}

describe('PairCounter', () => {
  it('counts equal pairs over all blocks', () => {
    const { counts, lines } = count(['30,7\n31,7\n30,7\n', '30,7\n7,30\n'])

    expect(counts).toEqual({ '30,7': 3, '31,7': 1, '7,30': 1 })
    expect(lines).toBe(3)
  })

  it.each<[string, string, string]>([
    ['columns in another order', 'campaign_id,banner_id\n', '7,30\n7,30\n'],
    ['CRLF line ends', 'banner_id,campaign_id\r\n', '30,7\r\n30,7\r\n'],
    ['columns that are not ours', 'at,banner_id,x,campaign_id,y\n', '9 a.m.,30,1,7,\n,30,2,7,3\n'],
    ['a column with nothing in it at the end', 'banner_id,campaign_id,y\n', '30,7,\n30,7,a\n'],
    ['columns and CRLF', 'x,campaign_id,banner_id,y\r\n', 'a,7,30,b\r\n,7,30,\r\n'],
    ['no last line end', PLAIN, '30,7\n30,7'],
    ['half of a last line end', 'banner_id,campaign_id\r\n', '30,7\r\n30,7\r'],
  ])('reads %s', (_, header, block) => {
    expect(count([block], header).counts).toEqual({ '30,7': 2 })
  })

  it('tells apart ids that agree in their low 32 bits, and ids of 15 digits', () => {
    const ids = [5, 5 + 2 ** 32, 5 + 2 ** 33, 5 + 2 ** 32 * 12345, 999_999_999_999_999]
    const lines = ids.flatMap((banner) => ids.map((campaign) => `${banner},${campaign}\n`))

    const { counts } = count([lines.join(''), lines.join('')])

    expect(counts).toEqual(Object.fromEntries(lines.map((line) => [line.trim(), 2])))
  })

  it('counts single rows with the lines, up to the greatest id', () => {
    let text = ''
    const counter = new PairCounter(headerOf(PLAIN, 'impressions'), (rows) => {
      text += rows
    })
    counter.addRow(['9007199254740991', '7'])
    counter.addLines(Buffer.from('30,7\n'), 0, 5)
    counter.addRow(['9007199254740991', '7'])
    counter.finish()

    expect(text.split('\n').sort()).toEqual(['', '30,7,1', '9007199254740991,7,2'])
  })

  it('writes pairs out when there are too many to hold, and loses none', () => {
    const random = seededRandom(1)
    const expected = new Map<string, number>()
    const lines = Array.from({ length: 1_200_000 }, () => {
      const pair = `${1 + Math.floor(random() * 900)},${1 + Math.floor(random() * 900)}`
      expected.set(pair, (expected.get(pair) ?? 0) + 1)
      return `${pair}\n`
    })

    const { counts, lines: written } = count([
      lines.slice(0, 400_000).join(''),
      lines.slice(400_000).join(''),
    ])

    expect(expected.size).toBeGreaterThan(600_000)
    expect(written).toBeGreaterThan(expected.size)
    expect(counts).toEqual(Object.fromEntries(expected))
  })

  it('writes nothing for no rows', () => {
    expect(count([])).toEqual({ counts: {}, lines: 0 })
  })
})
