/** The values of a column chunk one by one, of any kind. */
import { ParquetError } from './fault.ts'
import { lackEntry, readHybrid, unpackBits } from './hybrid.ts'
import { type ColumnPages, type DataPage, readPages } from './pages.ts'
import type { ValueKind } from './values.ts'

interface Dictionary<T> {
  readonly at: (place: number) => T
  readonly size: number
}

/** What is wanted of a column chunk. */
interface WantedValues<T> {
  readonly kind: ValueKind<T>
  /** Ascending; the first row of the group is 0. By default all. */
  readonly rows?: readonly number[]
}

/**
 * Decodes a column chunk.
 *
 * @param put - Called once for each wanted row that is not null, ascending.
 * @throws {ParquetError} If a page is damaged or of a kind that is not read.
 */
export function decodeValues<T>(
  pages: ColumnPages,
  { kind, rows }: WantedValues<T>,
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
      if (rows === undefined) putAll(page, at, put)
      else putSome(page, { at, rows }, put)
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

/** A few rows of a page, without a look at the others. */
function putSome<T>(
  page: DataPage,
  { at, rows }: { at: (place: number) => T; rows: readonly number[] },
  put: (row: number, value: T) => void,
): void {
  const end = page.row + page.rows
  let [place, counted] = [0, 0]
  for (let i = findFirst(rows, page.row); i < rows.length; i++) {
    const row = rows[i] ?? end
    if (row >= end) return
    if (page.levels === undefined) {
      put(row, at(row - page.row))
      continue
    }
    for (; counted < row - page.row; counted++) place += page.levels[counted] ?? 0
    if (page.levels[counted] === 1) put(row, at(place))
  }
}

/** The place of the first row that is not before `start`. */
function findFirst(rows: readonly number[], start: number): number {
  let [low, high] = [0, rows.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((rows[middle] ?? 0) < start) low = middle + 1
    else high = middle
  }
  return low
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
  for (let i = 0; i < present; i++) if ((places[i] ?? 0) >= size) lackEntry()
  return (place) => at(places[place] ?? 0)
}
