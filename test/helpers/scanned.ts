/** Shards in this process, and builds of what they scanned. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { readManifest } from '../../contract/read.ts'
import { type Progress, SILENT } from '../../pipeline/base/progress.ts'
import { buildPools } from '../../pipeline/build/build.ts'
import type { BuildOptions } from '../../pipeline/build/options.ts'
import type { BuildSummary } from '../../pipeline/build/summary.ts'
import { BUILD_DEFAULTS } from '../../pipeline/commands/features.ts'
import { findInFolder } from '../../pipeline/scanned/folder-input.ts'
import { type ScanOptions, type ScanSummary, scanFiles } from '../../pipeline/scanned/scan.ts'
import type { Shard } from '../../pipeline/scanned/shard.ts'
import {
  makeScannedFolder,
  openScannedFolder,
  type ScannedStore,
} from '../../pipeline/scanned/store.ts'
import { takeScanned } from '../../pipeline/scanned/take.ts'
import { hashOutputs } from '../../scripts/lib/outputs.ts'

/** Long after the files of a test are written, so that their times of change count. */
const later = () => new Date(Date.now() + 60_000)

/** A folder with `in`, `scanned` and `out` in it. */
export interface Site {
  readonly folder: string
  /** Name of another folder for `in`. */
  readonly input?: string
  /** Longer files are cut. */
  readonly rangeBytes?: number
  /** Wraps the store of a scan, to break it. */
  readonly wrap?: (store: ScannedStore) => ScannedStore
}

/** Runs one shard; by default the only one. */
export async function scan(
  { folder, input: name = 'in', rangeBytes = 1 << 30, wrap = (store) => store }: Site,
  shard: Shard = { index: 0, count: 1 },
  options: Partial<ScanOptions> = {},
): Promise<ScanSummary> {
  const input = join(folder, name)
  const files = await findInFolder({
    ...{ input, shard, rangeBytes, followLinks: false, window: null, now: later },
  })
  const store = wrap(await makeScannedFolder(join(folder, 'scanned')))
  const defaults = { renames: [], maxRejectShare: 1, threads: 2, progress: SILENT }
  return scanFiles(files, store, { ...defaults, ...options })
}

/** Builds from what was scanned. */
export async function buildScanned(
  { folder }: Site,
  options: Partial<BuildOptions> & { readsMissing?: boolean; progress?: Progress } = {},
): Promise<BuildSummary> {
  const { readsMissing = false, progress = SILENT, renames = [], ...others } = options
  const store = await openScannedFolder(join(folder, 'scanned'))
  return buildPools({
    ...{ ...BUILD_DEFAULTS, now: later, maxRejectShare: 1, progress, renames },
    ...{ input: join(folder, 'in'), out: join(folder, 'out') },
    scanned: takeScanned(store, { renames, readsMissing, progress }),
    ...others,
  })
}

/** What two builds of the same logs have in common, whoever read them. */
export async function describeBuild(out: string) {
  const { build_id, inputs, measures, warnings } = await readManifest(join(out, 'current'))
  return { build_id, inputs, measures, warnings, hashes: await hashOutputs(out) }
}

/** A build by one process that reads all logs itself. */
export async function buildAlone(folder: string) {
  const out = join(folder, 'alone')
  await rm(out, { recursive: true, force: true })
  const input = join(folder, 'in')
  await buildPools({ ...BUILD_DEFAULTS, input, out, now: later, maxRejectShare: 1 })
  return describeBuild(out)
}
