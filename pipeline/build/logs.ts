/** The logs of an input folder before they are ranked: the same for a build, a plan, a question and an evaluation. */
import { resolve } from 'node:path'
import { createMeter } from '../base/meter.ts'
import type { Progress } from '../base/progress.ts'
import type { KnownFile } from '../cache/known-files.ts'
import { classifyFiles } from '../input/classify.ts'
import { type InspectedSources, inspectSources } from '../input/inspect-sources.ts'
import type { IntakeOptions } from '../input/intake.ts'
import type { Rename } from '../input/renames.ts'
import { type ScanWorkers, withScanner } from '../input/scan/scanner.ts'
import { findSources, type SourceFile } from '../input/sources.ts'
import type { Window } from '../input/window.ts'
import { type InspectedList, inspectLists } from '../lists/inspect.ts'
import { computeBuildId, type IdentityOptions, type InspectedInput } from './build-id.ts'
import type { ScannedRows } from './options.ts'

/** Which files are the logs. */
export interface LogOptions {
  /** Folder with the CSV files. */
  readonly input: string
  /** Artifacts folder, which may lie in it and is none of it. */
  readonly out?: string
  /** A missing dataset or table is a warning. */
  readonly allowMissing: boolean
  /** Links may lead out of the input folder. */
  readonly followLinks: boolean
  /** Columns that have other names in the files. */
  readonly renames: readonly Rename[]
  /** Only files of these days, and those without a date in their name; null = all. */
  readonly window: Window | null
  /** Only these files and so much of each: bytes of lines, by the path without its packing; null = all there is. */
  readonly lengths: ReadonlyMap<string, number> | null
  readonly progress: Progress
}

/** The files of an input folder. */
export interface FoundLogs {
  /** The logs, not yet opened; ordered by dataset, table, path. */
  readonly files: readonly SourceFile[]
  /** The lists; they are short, and read each time. */
  readonly lists: readonly InspectedList[]
  /** About what is missing or passed over; they were reported. */
  readonly warnings: readonly string[]
}

/**
 * Finds the logs and lists of an input folder.
 *
 * @throws {PipelineError} As {@link findSources} does, or if a list cannot be trusted.
 */
export async function findLogs(options: LogOptions): Promise<FoundLogs> {
  const { input, out, allowMissing, followLinks, window, lengths, progress } = options
  const { files, lists, warnings } = await findSources(resolve(input), {
    allowMissing,
    followLinks,
    window,
    lengths,
    ...(out !== undefined && { out: resolve(out) }),
  })
  for (const warning of warnings) progress.warn(warning)
  return { files, lists: await inspectLists(lists, options), warnings }
}

/** How logs are read. */
export interface InspectLogsOptions extends IdentityOptions {
  /** What the cache knows of each file, in their order; null = it has to be read. */
  readonly known: readonly (KnownFile | null)[]
  /** For what comes out on the way. */
  readonly workFolder: string
  /** See {@link IntakeOptions}. */
  readonly readsCleanFiles: boolean
  readonly threads: number
  /** Of the scanner, if they were started before; they are ended. */
  readonly workers?: ScanWorkers | null
  /** Rows that were scanned elsewhere, perhaps of files that are not here. */
  readonly scanned?: ScannedRows | null
  readonly progress: Progress
}

/** Logs of which every line was read, and the means to read them once more. */
export interface InspectedLogs
  extends IntakeOptions,
    InspectedInput,
    Pick<InspectedSources, 'scans'> {
  /** Of the build that they make. */
  readonly buildId: string
}

/**
 * Inspects the files that the cache does not know, and names the build that they make.
 *
 * @param fn - Is given the logs while the scanner's threads run.
 * @throws {PipelineError} If a file cannot be trusted.
 */
export function withInspectedLogs<T>(
  { files: sources, lists }: FoundLogs,
  options: InspectLogsOptions,
  fn: (logs: InspectedLogs) => Promise<T>,
): Promise<T> {
  const { known, workFolder, readsCleanFiles, threads, progress } = options
  const bytes = countUnread(sources, known)
  return withScanner({ bytes, threads, started: options.workers ?? null }, async (scanner) => {
    const fetchFile = async (path: string) => options.scanned?.fetch(path)
    const intake = { scanner, workFolder, readsCleanFiles, fetchFile }
    const meter = createMeter(bytes)
    const { inspections, scans } = await progress.step(
      'inspect files',
      () =>
        inspectSources(
          sources,
          known.map((file) => file?.inspection ?? null),
          { ...intake, renames: options.renames, meter },
        ),
      (all) => all.inspections.reduce((sum, { rows }, index) => sum + (known[index] ? 0 : rows), 0),
      meter,
    )
    const files = classifyFiles(sources, inspections, options)
    const input = { files, lists }
    warnOfFiles(input, progress)
    return fn({
      ...intake,
      ...input,
      scans: known.map((file, index) => file?.scan ?? scans[index] ?? null),
      buildId: await computeBuildId(input, options),
    })
  })
}

/** Counts the bytes of the files that the cache does not know. */
export function countUnread(
  sources: readonly SourceFile[],
  known: readonly (KnownFile | null)[],
): number {
  return sources.reduce((sum, { bytes }, index) => (known[index] ? sum : sum + bytes), 0)
}

/** Reports what a person should look at in the files. */
export function warnOfFiles({ files, lists }: InspectedInput, progress: Progress): void {
  for (const { source, warnings } of [...files, ...lists]) {
    for (const warning of warnings) progress.warn(`${source.fullPath}: ${warning}`)
  }
}
