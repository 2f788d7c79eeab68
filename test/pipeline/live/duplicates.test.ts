import { describe, expect, it } from 'vitest'
import { findDuplicates } from '../../../pipeline/live/duplicates.ts'
import type { Place } from '../../../pipeline/state/file-counts.ts'

function place(path: string, linesSha256: string, changes: Partial<Place> = {}): Place {
  const table = path.includes('imp') ? 'impressions' : 'clicks'
  const header = { names: [], kinds: [], positions: [], ignored: [], isSegment: false } as const
  return {
    ...{ dataset: 1, table, path, linesSha256, linesBytes: 1, bytes: 1, nextLine: 3 },
    ...{ header: { ...header, lineEnd: '\n' }, isFinished: true, isDuplicate: false },
    ...changes,
  }
}

describe('findDuplicates', () => {
  it('takes the first path of files with the same lines, whenever it came', () => {
    const places = [place('1/clicks_b.csv', 'x'), place('1/clicks_a.csv', 'x')]

    expect([...findDuplicates(places, false)]).toEqual(['1/clicks_b.csv'])
  })

  it('takes each file without rows, and each of another dataset', () => {
    const places = [
      place('1/clicks_a.csv', 'x', { nextLine: 2 }),
      place('1/clicks_b.csv', 'x', { nextLine: 2 }),
      place('1/clicks_c.csv', 'y'),
      place('2/clicks_c.csv', 'y', { dataset: 2 }),
    ]

    expect([...findDuplicates(places, false)]).toEqual([])
  })

  it('takes equal files of impressions if they count each', () => {
    const places = ['1/imp_a.csv', '1/imp_b.csv', '1/clicks_a.csv', '1/clicks_b.csv'].map((path) =>
      place(path, 'x'),
    )

    expect([...findDuplicates(places, true)]).toEqual(['1/clicks_b.csv'])
    expect([...findDuplicates(places, false)]).toEqual(['1/clicks_b.csv', '1/imp_b.csv'])
  })
})
