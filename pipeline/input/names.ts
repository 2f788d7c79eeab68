/** What the path of a file below the input folder says, without a look at the disk: a bucket's keys are read alike. */
import { DATASETS, type Dataset, type List, type Table } from '../../contract/schema.ts'
import { findUnread, type Unread } from './near-names.ts'

/** What a path names; null = nothing that looks like a log or a dataset. */
export type PathMeaning =
  | { readonly kind: 'log'; readonly dataset: Dataset; readonly table: Table }
  | { readonly kind: 'list'; readonly list: List }
  | ({ readonly kind: 'unread' } & Unread)
  | null

/** `clicks.csv`, `clicks_1.csv`, `clicks_2026-11-23T10.csv.gz`; the endings in either case. */
const LOG_NAME = /^(impressions|clicks|conversions)(?:_.*)?\.csv(?:\.gz)?$/i
/** What Spark and Hadoop write into a folder that bears the name of a log. */
const PART_NAME = /^part-.*\.csv(?:\.gz)?$/i
/** The lists that may lie in the input folder itself. */
const LIST_NAME = /^(banners|campaign_banners)\.csv(?:\.gz)?$/

/**
 * Reads a path.
 *
 * @param path - Below the input folder, with `/`; that of a folder ends in `/`.
 */
export function readPath(path: string): PathMeaning {
  const names = path.split('/')
  if (names.some((name) => name.startsWith('.'))) return null
  const [first = '', second, third] = names
  const list = names.length === 1 ? LIST_NAME.exec(first)?.[1] : undefined
  if (list !== undefined) return { kind: 'list', list: list as List }
  const dataset = readDataset(first)
  if (dataset !== null && second !== undefined) {
    const table = readTable(second)
    if (table !== null && names.length === 2) return { kind: 'log', dataset, table }
    if (table !== null && third !== undefined) {
      if (names.length === 3 && PART_NAME.test(third)) return { kind: 'log', dataset, table }
      // Marks of the job that wrote it, and what it left unfinished.
      if (third.startsWith('_')) return null
    }
  }
  const unread = findUnread(names)
  return unread && { kind: 'unread', ...unread }
}

/** The dataset that a folder of the input folder is. */
export function readDataset(name: string): Dataset | null {
  return DATASETS.find((dataset) => String(dataset) === name) ?? null
}

/** The table of a file, or of a folder with the parts of one. The name of the table itself is in lower case. */
export function readTable(name: string): Table | null {
  const table = LOG_NAME.exec(name)?.[1]
  return table !== undefined && name.startsWith(table.toLowerCase()) ? (table as Table) : null
}
