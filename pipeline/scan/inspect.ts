import { stat } from 'node:fs/promises'
import type { Table } from '../../artifacts/schema.ts'
import { PipelineError } from '../errors.ts'
import { type FileDigest, readBlocks } from './blocks.ts'
import { readCleanLines } from './clean-lines.ts'
import { type Header, parseHeader } from './header.ts'

const LINE_FEED = 10

/** What one pass over a file tells, without keeping any of it. */
export interface Inspection extends FileDigest {
  readonly header: Header
  /** Lines after the header, counted without regard to what they mean. */
  readonly rows: number
  /** Every line is clean (clean-lines.ts), so DuckDB may read the file as it is. */
  readonly isClean: boolean
  /** The last line has its line end. */
  readonly isFinished: boolean
  /** Changes whenever the file is written. */
  readonly stamp: string
}

/**
 * Hashes a file, reads its header, counts its lines, and proves it clean or not, in one pass.
 *
 * @param renames - Names in the file to the columns that are meant.
 * @throws {PipelineError} If it cannot be read, is empty, or lacks a column. The message lacks the file's name.
 */
export async function inspectFile(
  path: string,
  table: Table,
  renames: Readonly<Record<string, string>> = {},
): Promise<Inspection> {
  const stamp = await fileStamp(path)
  let digest: FileDigest | null = null
  let header: Header | null = null
  let rows = 0
  let isClean = true
  let isFinished = true
  for await (const block of readBlocks(path, (end) => (digest = end))) {
    let start = 0
    if (header === null) {
      start = headerEnd(block)
      header = parseHeader(block.subarray(0, start), table, renames)
    }
    isFinished = block.at(-1) === LINE_FEED
    if (isClean) {
      const run = readCleanLines(header, block, start)
      rows += run.lines
      start = run.end
      isClean = run.end === block.length
    }
    if (!isClean) rows += countLines(block, start)
  }
  if (header === null || digest === null) {
    throw new PipelineError('is empty, a table without rows needs its header line')
  }
  return { ...(digest as FileDigest), header, rows, isClean, isFinished, stamp }
}

/** Tells whether a file was written since: its size, time of change and inode in one text. */
export async function fileStamp(path: string): Promise<string> {
  try {
    const { size, mtimeNs, ctimeNs, ino } = await stat(path, { bigint: true })
    return [size, mtimeNs, ctimeNs, ino].join('-')
  } catch (error) {
    throw new PipelineError(`cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

/**
 * Makes sure that a file, read again, has the bytes that were inspected.
 *
 * @throws {PipelineError} If it changed meanwhile. The message lacks the file's name.
 */
export function assertSameFile(inspection: Inspection, digest: FileDigest | null): void {
  if (digest?.sha256 === inspection.sha256) return
  throw new PipelineError('changed while it was read, build again when it is complete')
}

/** Where the first line ends, its line feed included. */
export function headerEnd(block: Buffer): number {
  const lineFeed = block.indexOf(LINE_FEED)
  return lineFeed === -1 ? block.length : lineFeed + 1
}

function countLines(block: Buffer, start: number): number {
  let lines = 0
  for (let next = block.indexOf(LINE_FEED, start); next !== -1; ) {
    lines += 1
    next = block.indexOf(LINE_FEED, next + 1)
  }
  const isCutOff = block.length > start && block.at(-1) !== LINE_FEED
  return isCutOff ? lines + 1 : lines
}
