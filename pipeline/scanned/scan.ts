/**
 * A share of the input files, scanned: what `build` does first, apart from the rest, so that many machines can do it.
 *
 *     list all files ──► those of this shard ──► those not scanned yet ──► rows, rejects ──► record
 *                        by the hash of the path  by their records          data/             files/
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { mapAtOnce } from '../base/at-once.ts'
import { PipelineError } from '../base/errors.ts'
import { createMeter } from '../base/meter.ts'
import type { Progress } from '../base/progress.ts'
import type { Rename } from '../input/renames.ts'
import { withScanner } from '../input/scan/scanner.ts'
import { hashCutFile } from './cut-file.ts'
import { type FoundFile, readUsableRecord } from './find.ts'
import { type ScanFileOptions, scanToStore } from './scan-file.ts'
import type { ScannedStore } from './store.ts'

/** How files are scanned. */
export interface ScanOptions {
  readonly renames: readonly Rename[]
  /** Of a file's rows, 0 to 1, that may be rejected. */
  readonly maxRejectShare: number
  readonly threads: number
  readonly progress: Progress
}

/** What a scan came to. */
export interface ScanSummary {
  /** Of this shard. */
  readonly files: number
  /** Scanned now; the others were scanned before. */
  readonly scanned: number
  /** In the files that were scanned now, rejected ones included. */
  readonly rows: number
  /** Of these files as they lie on disk. */
  readonly bytes: number
}

/**
 * Scans files that are not scanned yet. One that cannot be trusted keeps none of the others from being scanned.
 *
 * @throws {PipelineError} If a file cannot be trusted, after the others were scanned.
 */
export async function scanFiles(
  files: readonly FoundFile[],
  store: ScannedStore,
  options: ScanOptions,
): Promise<ScanSummary> {
  const { threads, progress } = options
  const areKnown = await mapAtOnce(files, (file) => isKnown(file, store, options))
  const fresh = files.filter((_, index) => !areKnown[index])
  const bytes = fresh.reduce((sum, { source }) => sum + source.bytes, 0)
  const meter = createMeter(bytes)
  const rows = await progress.step(
    `scan ${fresh.length} files, ${files.length - fresh.length} known`,
    () =>
      withScanner({ bytes, threads }, (scanner) =>
        store.withWorkFolder((folder) =>
          scanAll(fresh, { ...options, store, scanner, meter, folder }),
        ),
      ),
    (count) => count,
    meter,
  )
  return { files: files.length, scanned: fresh.length, rows, bytes }
}

/** Scans files, the largest first, so that none of the threads is left with one at the end. */
async function scanAll(
  files: readonly FoundFile[],
  options: ScanFileOptions & ScanOptions & { readonly folder: string },
): Promise<number> {
  const queue = [...files].sort((one, other) => other.source.bytes - one.source.bytes)
  const failures: string[] = []
  let rows = 0
  async function work(): Promise<void> {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      try {
        rows += await scanFound(file, options)
      } catch (error) {
        if (!(error instanceof PipelineError)) throw error
        failures.push(error.message)
      }
    }
  }
  const workers = Array.from({ length: options.threads }, () =>
    work().catch((error: unknown) => {
      queue.length = 0
      throw error
    }),
  )
  // All of them: the folder that they write to is removed next.
  const broken = (await Promise.allSettled(workers)).find(({ status }) => status === 'rejected')
  if (broken?.status === 'rejected') throw broken.reason
  if (failures.length === 0) return rows
  for (const failure of failures.slice(1)) options.progress.warn(failure)
  const others = failures.length === 1 ? '' : ` (and ${failures.length - 1} other files, see above)`
  throw new PipelineError(`${failures[0]}${others}`)
}

async function scanFound(
  found: FoundFile,
  options: ScanFileOptions & { readonly folder: string },
): Promise<number> {
  const { identity, cut } = found
  if (cut?.ranges) return hashCutFile(found, options)
  const folder = await mkdtemp(join(options.folder, 'file-'))
  const place = { ...options, folder, isPart: cut !== undefined }
  const scan = found.withFile(folder, (source) => scanToStore(source, identity, place))
  // Of a range, an error would name a copy: the whole file has it, too.
  const rows = await (cut === undefined ? scan : scan.catch(nullIfRefused))
  await rm(folder, { recursive: true, force: true })
  if (rows !== null) return rows
  // Rejects are numbered by lines of the file, and what a line means may depend on those above: all of it, then.
  return cut === undefined ? 0 : scanFound(cut.whole, options)
}

function nullIfRefused(error: unknown): null {
  if (error instanceof PipelineError) return null
  throw error
}

async function isKnown(
  file: FoundFile,
  store: ScannedStore,
  options: ScanOptions,
): Promise<boolean> {
  if ((await readUsableRecord(file, store, options)) !== null) return true
  return file.cut !== undefined && isKnown(file.cut.whole, store, options)
}
