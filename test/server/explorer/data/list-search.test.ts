import { describe, expect, it } from 'vitest'
import { listsWith } from '../../../../server/explorer/data/list-search.ts'

/** Texts as Parquet stores them plainly: length, bytes, length, … */
function plainTexts(texts: readonly string[]): Uint8Array {
  return Buffer.concat(
    texts.flatMap((text) => {
      const length = Buffer.alloc(4)
      length.writeUInt32LE(Buffer.byteLength(text))
      return [length, Buffer.from(text)]
    }),
  )
}

function search(id: number, lists: readonly string[]): boolean[] {
  const at = listsWith(id).open(plainTexts(lists), 'BYTE_ARRAY', lists.length)
  return lists.map((_, place) => at(place))
}

describe('listsWith', () => {
  it('finds an id wherever it stands, and no part of another', () => {
    const lists = ['12', '12,7', '7,12', '7,12,9', '', '112', '121', '7,112,120', '1,2', '12,12']

    expect(search(12, lists)).toEqual([
      ...[true, true, true, true, false, false, false, false, false, true],
    ])
  })

  it('is not misled by lengths that look like digits', () => {
    // 49 characters: the length is the byte of the digit 1.
    const long = '99,'.repeat(16) + '9'

    expect(search(1, [long, long, '1'])).toEqual([false, false, true])
  })

  it('refuses a page that ends within a list', () => {
    const bytes = plainTexts(['12,7']).subarray(0, 6)

    expect(() => listsWith(12).open(bytes, 'BYTE_ARRAY', 1)).toThrow('ends too early')
  })
})
