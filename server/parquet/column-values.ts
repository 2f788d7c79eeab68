/** The values of a column chunk one by one, of any kind. */
import { ParquetError } from './fault.ts'
import { lackEntry, readHybrid, unpackBits } from './hybrid.ts'
import { type ColumnPages, type DataPage, readPages } from './pages.ts'
import type { ValueKind } from './values.ts'

interface Dictionary<T> {
  readonly at: (place: number) => T
  readonly size: number
}

/**
 * Decodes a column chunk.
 *
 * @param put - Called once for each row that is not null, ascending.
 * @throws {ParquetError} If a page is damaged or of a kind that is not read.
 */
export function decodeValues<T>(
  pages: ColumnPages,
  kind: ValueKind<T>,
  put: (row: number, value: T) => void,
): void {
  const { type } = pages.column
  let dictionary: Dictionary<T> | undefined
  readPages(pages, {
    dictionary: (page, size) => {
      dictionary = { at: kind.open(page, type, size), size }
    },
    data: (page) => {
      const at = page.isDictionary
        ? openPlaces(page, dictionary)
        : kind.open(page.content, type, page.present)
      putAll(page, at, put)
    },
  })
}

function putAll<T>(
  { row, rows, levels }: DataPage,
  at: (place: number) => T,
  put: (row: number, value: T) => void,
): void {
  let place = 0
  for (let i = 0; i < rows; i++) {
    if (levels === undefined || levels[i] === 1) put(row + i, at(place++))
  }
}

function openPlaces<T>(
  { content, present }: DataPage,
  dictionary: Dictionary<T> | undefined,
): (place: number) => T {
  if (dictionary === undefined) throw new ParquetError('has a column that lacks its dictionary')
  const { at, size } = dictionary
  const places = new Uint32Array(present)
  readHybrid(content.subarray(1), content[0] ?? 0, present, {
    repeat: (value, from, to) => places.fill(value, from, to),
    unpack: (packed, from, to) => unpackBits(packed, places.subarray(from, to)),
  })
  for (const place of places) if (place >= size) lackEntry()
  return (place) => at(places[place] ?? 0)
}
