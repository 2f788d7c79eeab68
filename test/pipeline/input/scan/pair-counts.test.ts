import { describe, expect, it } from 'vitest'
import { countPairs } from '../../../../pipeline/input/scan/counted-rows.ts'
import { headerOf } from '../../../helpers/scan.ts'

const PLAIN = 'banner_id,campaign_id\n'

/** Opens counts of pairs; `finish` gives `banner,campaign` to count, and how often pairs were given. */
function open(headerLine = PLAIN) {
  const counts = new Map<string, number>()
  let given = 0
  const take = (banner: number, campaign: number, count: number) => {
    const pair = `${banner},${campaign}`
    counts.set(pair, (counts.get(pair) ?? 0) + count)
    given += 1
  }
  const rows = countPairs(headerOf(headerLine, 'impressions'), take, () => undefined)
  const finish = () => {
    rows.finish()
    return { counts: Object.fromEntries(counts), given }
  }
  return { rows, finish }
}

/** Counts the lines of some blocks. */
function count(blocks: readonly string[], headerLine = PLAIN) {
  const { rows, finish } = open(headerLine)
  for (const block of blocks) {
    const bytes = Buffer.from(block)
    expect(rows.readClean(bytes, 0).end).toBe(bytes.length)
  }
  return finish()
}

describe('countPairs', () => {
  it('counts equal pairs over all blocks', () => {
    const { counts, given } = count(['30,7\n31,7\n30,7\n', '30,7\n7,30\n'])

    expect(counts).toEqual({ '30,7': 3, '31,7': 1, '7,30': 1 })
    expect(given).toBe(3)
  })

  it.each<[string, string, string]>([
    ['columns in another order', 'campaign_id,banner_id\n', '7,30\n7,30\n'],
    ['CRLF line ends', 'banner_id,campaign_id\r\n', '30,7\r\n30,7\r\n'],
    ['columns that are not ours', 'at,banner_id,x,campaign_id,y\n', '9 a.m.,30,1,7,\n,30,2,7,3\n'],
    ['a column with nothing in it at the end', 'banner_id,campaign_id,y\n', '30,7,\n30,7,a\n'],
    ['columns and CRLF', 'x,campaign_id,banner_id,y\r\n', 'a,7,30,b\r\n,7,30,\r\n'],
    ['no last line end', PLAIN, '30,7\n30,7'],
    ['half of a last line end', 'banner_id,campaign_id\r\n', '30,7\r\n30,7\r'],
    ['a segment', 'event,banner_id,campaign_id\n', '0:1,30,7\n,30,7\n'],
  ])('reads %s', (_, header, block) => {
    expect(count([block], header).counts).toEqual({ '30,7': 2 })
  })

  it('tells apart ids that agree in their low 32 bits, and ids of 15 digits', () => {
    const ids = [5, 5 + 2 ** 32, 5 + 2 ** 33, 5 + 2 ** 32 * 12345, 999_999_999_999_999]
    const lines = ids.flatMap((banner) => ids.map((campaign) => `${banner},${campaign}\n`))

    const { counts } = count([lines.join(''), lines.join('')])

    expect(counts).toEqual(Object.fromEntries(lines.map((line) => [line.trim(), 2])))
  })

  it('keeps its counts while ids come that are lower, higher and far away', () => {
    const pairs = ['500,300', '499,9000', '7,300', '4000000,2', '500,300', '2147483648,1', '1,1']
    const lines = pairs.map((pair) => `${pair}\n`).join('')

    const { counts } = count([lines, lines])

    expect(counts).toEqual({
      ...{ '500,300': 4, '499,9000': 2, '7,300': 2, '4000000,2': 2 },
      ...{ '2147483648,1': 2, '1,1': 2 },
    })
  })

  it('counts single rows with the lines, up to the greatest id', () => {
    const { rows, finish } = open()
    rows.addRow(['9007199254740991', '7'])
    rows.readClean(Buffer.from('30,7\n'), 0)
    rows.addRow(['9007199254740991', '7'])

    expect(finish().counts).toEqual({ '30,7': 1, '9007199254740991,7': 2 })
  })

  it('gives pairs when there are too many to hold, and loses none', () => {
    // 270,400 pairs, more than a table holds, of ids too far apart for places of their own.
    const side = 520
    const ids = Array.from({ length: side }, (_, place) => 1 + 7919 * place)
    const text = ids
      .map((banner) => ids.map((campaign) => `${banner},${campaign}\n`).join(''))
      .join('')
    const counts = new Uint8Array(side * side)
    let given = 0
    const take = (banner: number, campaign: number, count: number) => {
      const place = ((banner - 1) / 7919) * side + (campaign - 1) / 7919
      counts[place] = (counts[place] ?? 0) + count
      given += 1
    }

    const rows = countPairs(headerOf(PLAIN, 'impressions'), take, () => undefined)
    const bytes = Buffer.from(text)
    for (const _ of [1, 2]) expect(rows.readClean(bytes, 0).end).toBe(bytes.length)
    rows.finish()

    expect(given).toBeGreaterThan(counts.length)
    expect(counts.every((count) => count === 2)).toBe(true)
  })

  it('gives nothing for no rows', () => {
    expect(count([])).toEqual({ counts: {}, given: 0 })
  })
})
