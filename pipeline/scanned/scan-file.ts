/** From one input file to its rows, its rejects and its record. */
import { type Digest, digestFile } from '../../contract/digest.ts'
import { PipelineError } from '../base/errors.ts'
import type { Meter } from '../base/meter.ts'
import { nameRows } from '../cache/entries.ts'
import { inspectSources } from '../input/inspect-sources.ts'
import { prepareFile } from '../input/intake.ts'
import { assertRejectShare, describeSorted } from '../input/reject-share.ts'
import type { Rename } from '../input/renames.ts'
import { fileStamp, type Inspection } from '../input/scan/inspect.ts'
import type { Scanner } from '../input/scan/scanner.ts'
import type { SourceFile } from '../input/sources.ts'
import { formatRecord, nameRecord, type ScannedRecord } from './record.ts'
import type { DataKind, ScannedStore } from './store.ts'

/** How a file is scanned. */
export interface ScanFileOptions {
  readonly store: ScannedStore
  readonly scanner: Scanner
  readonly renames: readonly Rename[]
  /** Of a file's rows, 0 to 1. */
  readonly maxRejectShare: number
  readonly meter: Meter
}

/** Where a file is scanned. */
interface Place {
  readonly folder: string
  /** Of a file that was cut. */
  readonly isPart: boolean
}

/**
 * Scans a file and keeps what was found.
 *
 * @param identity - Of the input file; `source` may be a copy of it.
 * @param folder - Of its own, on the disk of the store.
 * @returns Its rows, rejected ones included; null if it is part of a file and has lines that are not clean: nothing is kept.
 * @throws {PipelineError} If it cannot be trusted, has too many rejects, or changed meanwhile.
 */
export async function scanToStore(
  source: SourceFile,
  identity: string,
  { folder, isPart, ...options }: ScanFileOptions & Place,
): Promise<number | null> {
  const { store, scanner, renames, maxRejectShare } = options
  const stamp = await fileStamp(source.fullPath)
  const intake = { scanner, workFolder: folder, readsCleanFiles: false }
  const inspected = await inspectSources([source], [null], { ...options, ...intake })
  const inspection = inspected.inspections[0] as Inspection
  const scan = inspected.scans[0] ?? null
  if (inspection.stamp !== stamp) throw changed(source)
  if (isPart && !inspection.isClean) return null
  const status = inspection.rows === 0 ? 'empty' : 'loaded'
  const file = { source, inspection, index: 0, status, warnings: [] } as const
  const ready = await prepareFile(file, { ...intake, maxRejectShare })
  assertRejectShare(describeSorted(ready), maxRejectShare)
  const record: ScannedRecord = {
    path: source.path,
    identity,
    key: nameRows(renames, source.table, inspection.linesSha256),
    inspection: { ...inspection, stamp: '' },
    counts: ready.counts,
    rows: await keep(store, ready.rows?.path ?? null, 'rows.parquet'),
    rejects: await keep(store, ready.rejectsPath, 'rejects.json'),
    pairs: await keep(store, ready.rows && (scan?.pairsPath ?? null), 'pairs.parquet'),
    keys: scan?.keys ?? null,
  }
  await store.writeRecord(nameRecord(source, renames), formatRecord(record))
  return inspection.rows
}

/** Keeps a file under the name of its content; null stays null. */
async function keep(
  store: ScannedStore,
  path: string | null,
  kind: DataKind,
): Promise<Digest | null> {
  if (path === null) return null
  const digest = await digestFile(path)
  if (!(await store.has(digest, kind))) await store.put(path, digest, kind)
  return digest
}

function changed({ fullPath }: SourceFile): PipelineError {
  return new PipelineError(`${fullPath}: changed while it was read, scan again when it is complete`)
}
