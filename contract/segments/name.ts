/** Names of segments: files of the input that one of our writers appends to. */
import type { Dataset, Table } from '../schema.ts'

/** What lines go to the same segment. */
export interface SegmentKey {
  readonly dataset: Dataset
  readonly table: Table
  /** Names the process or the topic, with letters, digits and `.`; no two writers have the same one. */
  readonly writer: string
}

/** Which segment it is. */
export interface SegmentName extends SegmentKey {
  /** UTC, as `2026-11-30`. */
  readonly day: string
  /** From 1 on; a writer uses each number once. */
  readonly number: number
}

const PATH =
  /^([1-4])\/(impressions|clicks|conversions)_(\d{4}-\d{2}-\d{2})_([A-Za-z0-9.]+)-(\d+)\.csv$/

/** Gives the path below the input folder: `<dataset>/<table>_<day>_<writer>-<n>.csv`. */
export function formatSegmentPath({ dataset, table, day, writer, number }: SegmentName): string {
  return `${dataset}/${table}_${day}_${writer}-${number}.csv`
}

/** Reads a path below the input folder, without packing; null = not a segment. */
export function parseSegmentPath(path: string): SegmentName | null {
  const [, dataset, table, day, writer, number] = PATH.exec(path) ?? []
  if (day === undefined || writer === undefined) return null
  return {
    dataset: Number(dataset) as Dataset,
    table: table as Table,
    day,
    writer,
    number: Number(number),
  }
}

/** The day of a moment in UTC, as segments are named by. */
export function formatDay(now: Date): string {
  return now.toISOString().slice(0, 10)
}
