/** The one pass over the input files that no earlier build knew. */
import { join } from 'node:path'
import type { Digest } from '../../contract/digest.ts'
import { DATASETS, type Dataset } from '../../contract/schema.ts'
import type { Meter } from '../base/meter.ts'
import { inspectEmpty } from './empty.ts'
import { buildRowsPath, type IntakeOptions } from './intake.ts'
import { findUnpackedLimit } from './limits.ts'
import { isPacked } from './packing.ts'
import { findRenames, type Rename } from './renames.ts'
import { type IdSet, joinIdSets } from './scan/id-set.ts'
import type { Inspection, InspectTask } from './scan/inspect.ts'
import type { KeyRange } from './scan/key-order.ts'
import type { Scan } from './scan/scan-file.ts'
import type { SourceFile } from './sources.ts'

/** Rows of fewer bytes are read again sooner than counts of them are written. */
const WORTH_COUNTS_BYTES = 1 << 20

/** What the inspection needs. */
export interface InspectOptions extends IntakeOptions {
  readonly renames: readonly Rename[]
  /** Told how far it is. */
  readonly meter?: Meter
}

/** What was learnt of a clean file beside its rows; it spares the models a second look at them. */
export interface FileScan {
  /** Of its keys; null if they do not ascend. */
  readonly keys: KeyRange | null
  /** Parquet with the counts of its pairs; null if it has none. */
  readonly pairsPath: string | null
  /** Parquet with the clicks that conversions of the dataset name, all of them where these are clean; null if it has none. */
  readonly wantedPath: string | null
  /** Of its rows in the work folder; null if they are elsewhere. */
  readonly written: Digest | null
}

/** All files, in the order of their sources. */
export interface InspectedSources {
  readonly inspections: readonly Inspection[]
  /** Null: the file was not read now, or has lines that are not clean. */
  readonly scans: readonly (FileScan | null)[]
}

/**
 * Inspects the files that no earlier build knew. Conversions come first: they tell which clicks are wanted.
 *
 * @param known - In the order of `sources`; null = to be read.
 */
export async function inspectSources(
  sources: readonly SourceFile[],
  known: readonly (Inspection | null)[],
  options: InspectOptions,
): Promise<InspectedSources> {
  const files = sources.map((source, index) => ({ source, index, known: known[index] ?? null }))
  const found = new Map<number, Promise<Found>>()
  const worth = findWorthIds(sources)
  for (const file of files.filter(({ source }) => source.table === 'conversions')) {
    const collectsClicks = worth.has(file.source.dataset)
    found.set(
      file.index,
      inspectSource(file, options, () => ({ collectsClicks })),
    )
  }
  const wanted = new Map<Dataset, Promise<IdSet | null>>()
  for (const file of files.filter(({ source }) => source.table === 'impressions')) {
    found.set(
      file.index,
      inspectSource(file, options, () => ({})),
    )
  }
  for (const file of files.filter(({ source }) => source.table === 'clicks')) {
    const { dataset } = file.source
    const ids = wanted.get(dataset) ?? joinWanted(files, found, dataset)
    wanted.set(dataset, ids)
    found.set(
      file.index,
      inspectSource(file, options, async () => ({ ids: await ids })),
    )
  }
  const all = await Promise.all(files.map(({ index }) => found.get(index) as Promise<Found>))
  return {
    inspections: all.map(({ inspection }) => inspection),
    scans: all.map(({ scan }) => scan),
  }
}

/** A file and what came of it. */
interface File {
  readonly source: SourceFile
  readonly index: number
  readonly known: Inspection | null
}

interface Found {
  readonly inspection: Inspection
  readonly scan: FileScan | null
  readonly clicks: IdSet | null
}

/** What is wanted of a file beside its rows. */
interface Wishes {
  readonly collectsClicks?: boolean
  /** Of clicks that conversions name. */
  readonly ids?: IdSet | null
}

/** Datasets whose clicks are so many that it is worth to know the converted ones. */
function findWorthIds(sources: readonly SourceFile[]): Set<Dataset> {
  const bytes = new Map<Dataset, number>()
  for (const source of sources.filter(({ table }) => table === 'clicks')) {
    bytes.set(source.dataset, (bytes.get(source.dataset) ?? 0) + source.bytes)
  }
  return new Set(DATASETS.filter((dataset) => (bytes.get(dataset) ?? 0) >= WORTH_COUNTS_BYTES))
}

/** Joins the clicks that the conversions of a dataset name; null if they are not known. */
async function joinWanted(
  files: readonly File[],
  found: ReadonlyMap<number, Promise<Found>>,
  dataset: Dataset,
): Promise<IdSet | null> {
  const own = files.filter(
    ({ source }) => source.dataset === dataset && source.table === 'conversions',
  )
  const conversions = await Promise.all(own.map(({ index }) => found.get(index)))
  return joinIdSets(conversions.map((one) => one?.clicks ?? null))
}

async function inspectSource(
  { source, index, known }: File,
  options: InspectOptions,
  wish: () => Wishes | Promise<Wishes>,
): Promise<Found> {
  const wishes = await wish()
  const inspection = known ?? (await inspectEmpty(source))
  if (inspection !== null) return { inspection, scan: null, clicks: null }
  const { scanner, workFolder, readsCleanFiles } = options
  const { fullPath, table } = source
  const task = describeTask(source, options)
  if (readsCleanFiles) {
    const inspected = await scanner.run('inspectFile', fullPath, task)
    return { inspection: inspected, scan: null, clicks: null }
  }
  const path = (kind: string) => join(workFolder, `${index}.${kind}`)
  const isCounted = table === 'clicks' && source.bytes >= WORTH_COUNTS_BYTES
  const { ids = null, collectsClicks = false } = wishes
  const pairsPath = isCounted ? path('pairs') : null
  const wantedPath = isCounted && ids !== null ? path('wanted') : null
  const scan = await scanner.run('scanFile', fullPath, {
    ...{ ...task, table, rowsPath: buildRowsPath(workFolder, index), collectsClicks },
    ...(pairsPath === null ? {} : { pairsPath }),
    ...(wantedPath === null || ids === null ? {} : { wanted: { path: wantedPath, ids } }),
  })
  return describeFound(scan, { pairsPath, wantedPath })
}

function describeTask(source: SourceFile, { renames, meter }: InspectOptions): InspectTask {
  const { fullPath: path, table, bytes, linesBytes } = source
  return {
    ...{ path, table, bytes, renames: findRenames(table, renames) },
    ...(linesBytes === undefined ? {} : { linesBytes }),
    ...(isPacked(path) ? { mostUnpackedBytes: findUnpackedLimit(bytes) } : {}),
    ...(meter === undefined ? {} : { counts: meter.counts }),
  }
}

/** What a file with lines that are not clean tells on the way is not all. */
function describeFound(
  { inspection, keys, clicks, written }: Scan,
  paths: Pick<FileScan, 'pairsPath' | 'wantedPath'>,
): Found {
  return { inspection, clicks, scan: inspection.isClean ? { keys, written, ...paths } : null }
}
