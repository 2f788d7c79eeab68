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
import {
  formatRecord,
  identifyByEtag,
  identifyByStamp,
  nameRecord,
  type ScannedRecord,
} from './record.ts'
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

/**
 * Scans a file and keeps what was found.
 *
 * @param etag - Of the object that the file is a copy of; null: the file itself is the input.
 * @param folder - Of its own, on the disk of the store.
 * @returns Its rows, rejected ones included.
 * @throws {PipelineError} If it cannot be trusted, has too many rejects, or changed meanwhile.
 */
export async function scanToStore(
  source: SourceFile,
  etag: string | null,
  { folder, ...options }: ScanFileOptions & { readonly folder: string },
): Promise<number> {
  const { store, scanner, renames, maxRejectShare } = options
  const stamp = await fileStamp(source.fullPath)
  const intake = { scanner, workFolder: folder, readsCleanFiles: false }
  const inspected = await inspectSources([source], [null], { ...options, ...intake })
  const inspection = inspected.inspections[0] as Inspection
  const scan = inspected.scans[0] ?? null
  if (inspection.stamp !== stamp) throw changed(source)
  const status = inspection.rows === 0 ? 'empty' : 'loaded'
  const file = { source, inspection, index: 0, status, warnings: [] } as const
  const ready = await prepareFile(file, { ...intake, maxRejectShare })
  assertRejectShare(describeSorted(ready), maxRejectShare)
  const record: ScannedRecord = {
    path: source.path,
    identity: etag === null ? identifyByStamp(stamp) : identifyByEtag(etag),
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
