import { resolve } from 'node:path'
import { readEvaluation } from '../../contract/evaluation.ts'
import { createMeter } from '../base/meter.ts'
import { type Progress, SILENT } from '../base/progress.ts'
import { type Cache, openCache } from '../cache/entries.ts'
import { type KnownFile, keepIntact, recogniseFiles } from '../cache/known-files.ts'
import { classifyFiles, type InspectedFile } from '../input/classify.ts'
import { type IntakeOptions, inspectSources } from '../input/intake.ts'
import type { Rename } from '../input/renames.ts'
import { withScanner } from '../input/scan/scanner.ts'
import { findSources, type SourceFile } from '../input/sources.ts'
import type { Window } from '../input/window.ts'
import { type InspectedList, inspectLists } from '../lists/inspect.ts'
import { type Build, isComplete, readCurrent } from '../publish/builds.ts'
import { makeCurrent, withWorkFolder } from '../publish/publish.ts'
import type { ClusterBuild } from '../rank/cluster/rank-there.ts'
import { buildIdOf } from './build-id.ts'
import {
  evaluateInto,
  keepStamps,
  makeBuild,
  rankHere,
  type TableOptions,
  withTables,
} from './make-build.ts'
import { type BuildSummary, summariseBuild } from './summary.ts'

/** What a build is made of and where it goes. */
export interface BuildOptions {
  /** Folder with the CSV files. */
  readonly input: string
  /** Artifacts folder. */
  readonly out: string
  /** Decides the random order; the same seed always gives the same pools. */
  readonly seed: number
  /** Columns that have other names in the files. */
  readonly renames: readonly Rename[]
  /** Builds even what is current already. */
  readonly force: boolean
  /** A missing dataset or table is a warning. */
  readonly allowMissing: boolean
  /** Files of impressions with the same lines count each. */
  readonly keepEqualFiles: boolean
  /** Links may lead out of the input folder. */
  readonly followLinks: boolean
  /** Only files of these days, and those without a date in their name; null = all. */
  readonly window: Window | null
  /** Only these files and so much of each: bytes of lines, by the path without its packing; null = all there is. */
  readonly lengths: ReadonlyMap<string, number> | null
  /** Share of a file's rows, 0 to 1, that may be rejected. */
  readonly maxRejectShare: number
  /** How many builds stay in the artifacts folder. */
  readonly keep: number
  readonly threads: number
  /** As DuckDB reads it: `4GB`. */
  readonly memoryLimit: string
  /** The time of the build, for the manifest. */
  readonly now: () => Date
  readonly progress: Progress
  /** Writes an evaluation beside the build, also of one that is current. Not on a cluster. */
  readonly evaluate: boolean
  /** Ranks there instead of in DuckDB; null = here. */
  readonly cluster: ClusterBuild | null
}

/** All but the two folders. */
export const BUILD_DEFAULTS: Omit<BuildOptions, 'input' | 'out'> = {
  seed: 0,
  renames: [],
  force: false,
  allowMissing: false,
  keepEqualFiles: false,
  followLinks: false,
  window: null,
  lengths: null,
  maxRejectShare: 0.05,
  keep: 5,
  threads: 2,
  memoryLimit: '4GB',
  now: () => new Date(),
  progress: SILENT,
  evaluate: false,
  cluster: null,
}

/**
 * Builds the pools from the logs and publishes them, unless they are current already.
 *
 * @throws {PipelineError} If an input, a check or the output folder does not allow it; what was current stays so.
 */
export async function buildPools(options: BuildOptions): Promise<BuildSummary> {
  const { progress, renames, force, threads } = options
  const out = resolve(options.out)
  const found = await findSources(resolve(options.input), { ...options, out })
  const { files: sources, warnings } = found
  for (const warning of warnings) progress.warn(warning)
  const lists = await inspectLists(found.lists, options)
  const cache = openCache(out, renames)
  const recalled = force ? sources.map(() => null) : await recogniseFiles(cache, sources)
  const startMs = options.now().getTime()
  const request = { ...options, out, sources, lists, warnings, cache, startMs }
  const current = await findCurrentIfKnown(request, recalled)
  if (current !== null && !(await lacksEvaluation(current, options))) {
    return summariseBuild(current, { status: 'current', warnings })
  }
  return withWorkFolder(out, async (workFolder) => {
    // Staged rows are of no use to a cluster.
    const isForCluster = options.cluster !== null
    const known = await keepIntact(
      cache,
      isForCluster ? sources.map(() => null) : recalled,
      progress,
    )
    const bytes = sources.reduce((sum, file, index) => sum + (known[index] ? 0 : file.bytes), 0)
    return withScanner({ bytes, threads }, (scanner) =>
      readAndBuild({ ...request, workFolder, scanner, isForCluster }, known),
    )
  })
}

/** What is asked for, and where it comes from. */
interface Request extends BuildOptions {
  readonly sources: readonly SourceFile[]
  readonly lists: readonly InspectedList[]
  /** About what is missing or passed over. */
  readonly warnings: readonly string[]
  readonly cache: Cache
  /** When the reading began, in milliseconds since 1970. */
  readonly startMs: number
}

/** Where no input has changed, the current build is known to be current without reading a byte of them. */
async function findCurrentIfKnown(
  request: Request,
  recalled: readonly (KnownFile | null)[],
): Promise<Build | null> {
  const inspections = recalled.flatMap((file) => (file === null ? [] : [file.inspection]))
  if (inspections.length < recalled.length) return null
  const files = classifyFiles(request.sources, inspections, request)
  const current = await readCurrent(request.out)
  if (current === null || !isComplete(current)) return null
  if (current.manifest.build_id !== (await buildIdOf(files, request))) return null
  warnOfFiles([...files, ...request.lists], request.progress)
  return current
}

/** A request with the means to do it. */
type Reading = Request & IntakeOptions

async function readAndBuild(
  reading: Reading,
  known: readonly (KnownFile | null)[],
): Promise<BuildSummary> {
  const { out, sources, progress } = reading
  const recalled = known.filter((file) => file !== null)
  if (recalled.length > 0) {
    progress.note(`${recalled.length} of ${sources.length} files are cached already`)
  }
  const unread = sources.filter((_, index) => !known[index])
  const meter = createMeter(unread.reduce((sum, { bytes }) => sum + bytes, 0))
  const recalledInspections = known.map((file) => file?.inspection ?? null)
  const inspections = await progress.step(
    'inspect files',
    () => inspectSources(sources, recalledInspections, { ...reading, meter }),
    (all) => all.reduce((sum, { rows }, index) => sum + (known[index] ? 0 : rows), 0),
    meter,
  )
  const files = classifyFiles(sources, inspections, reading)
  warnOfFiles([...files, ...reading.lists], progress)
  const buildId = await buildIdOf(files, reading)
  const current = await readCurrent(out)
  const isCurrent = current?.manifest.build_id === buildId && isComplete(current)
  const whole = new Map(recalled.map(({ key, entry }) => [key, entry]))
  if (isCurrent && !reading.force) {
    if (await lacksEvaluation(current, reading)) {
      await evaluateBuild({ ...reading, files, whole }, current)
    } else await keepStamps({ ...reading, files })
    return summariseBuild(current, { status: 'current', warnings: reading.warnings })
  }
  const previous = previousOf(current, buildId)
  const build = await makeBuild({ ...reading, files, whole, buildId, previous })
  return summariseBuild(build, { status: 'built', warnings: reading.warnings })
}

async function lacksEvaluation(
  { folder, manifest }: Build,
  { evaluate }: Pick<BuildOptions, 'evaluate'>,
): Promise<boolean> {
  return evaluate && (await readEvaluation(folder, manifest.build_id)) === null
}

/** Makes the tables of a published build again and evaluates them; no file of the build changes. */
async function evaluateBuild(tables: TableOptions, { folder, manifest }: Build): Promise<void> {
  const { out, progress } = tables
  const buildId = manifest.build_id
  await withTables(
    tables,
    (connection) => rankHere(connection, tables),
    (connection) => evaluateInto(connection, { folder, buildId, progress }),
  )
  await makeCurrent(out, buildId)
}

/** Building the current build once more does not make it its own predecessor. */
function previousOf(current: Build | null, buildId: string): string | null {
  if (current === null) return null
  const { build_id, previous_build_id } = current.manifest
  return build_id === buildId ? previous_build_id : build_id
}

/** Reports what a person should look at in the files. */
export function warnOfFiles(
  files: readonly (InspectedFile | InspectedList)[],
  progress: Progress,
): void {
  for (const { source, warnings } of files) {
    for (const warning of warnings) progress.warn(`${source.fullPath}: ${warning}`)
  }
}
