/** One pass over a log: what is in it, its rows as files, and what they tell of each other. */
import type { Digest } from '../../../contract/digest.ts'
import type { Table } from '../../../contract/schema.ts'
import type { IdSet } from './id-set.ts'
import { type Inspection, type InspectTask, inspectFile } from './inspect.ts'
import {
  openParquetRows,
  type ParquetRows,
  type RowFacts,
  type RowOutputs,
} from './parquet-rows.ts'
import { type DigestedSink, type Sink, withDigestedSink, withSink } from './sink.ts'

/** A log to scan; see {@link RowOutputs}. The files are of use only if the log is clean. */
export interface ScanTask extends InspectTask {
  readonly table: Table
  readonly rowsPath: string
  readonly pairsPath?: string
  readonly wanted?: { readonly path: string; readonly ids: IdSet }
  readonly collectsClicks?: boolean
}

/** What a pass over a log came to. */
export interface Scan extends RowFacts {
  readonly inspection: Inspection
  /** Of the file of rows. */
  readonly written: Digest
}

/**
 * Inspects a log and writes its rows.
 *
 * @throws {PipelineError} As {@link inspectFile} does.
 */
export function scanFile(task: ScanTask): Promise<Scan> {
  return withOutputs(task, async (outputs, sinks, all) => {
    let rows: ParquetRows | null = null
    const inspection = await inspectFile(task, {
      open(header) {
        rows = openParquetRows(task.table, header, outputs)
        return rows
      },
      async flush() {
        for (const sink of sinks) await sink.flush()
      },
    })
    if (rows === null) throw new Error(`no header: ${task.path}`)
    return { inspection, written: await all.finish(), ...(rows as ParquetRows).facts }
  })
}

function withOutputs(
  { rowsPath, pairsPath, wanted, collectsClicks }: ScanTask,
  fn: (outputs: RowOutputs, sinks: readonly Sink[], all: DigestedSink) => Promise<Scan>,
): Promise<Scan> {
  return withDigestedSink(rowsPath, (rows) =>
    withOptionalSink(pairsPath, (pairs) =>
      withOptionalSink(wanted?.path, (sink) => {
        const chosen = wanted && sink && { sink, ids: wanted.ids }
        const sinks = [rows, pairs, sink].filter((one) => one !== undefined)
        return fn({ rows, pairs, wanted: chosen, collectsClicks }, sinks, rows)
      }),
    ),
  )
}

function withOptionalSink<T>(
  path: string | undefined,
  fn: (sink: Sink | undefined) => Promise<T>,
): Promise<T> {
  return path === undefined ? fn(undefined) : withSink(path, fn)
}
