/** From the artifact to the pools in memory. Runs in a worker thread, see load-worker.ts. */
import {
  ArtifactError,
  readManifest,
  readVerified,
  resolveBuildFolder,
  verifyFile,
} from '../../contract/read.ts'
import { BANNERS_FILE, type Manifest, POOLS_FILE } from '../../contract/schema.ts'
import { createBannerDetails, NO_DETAILS } from './banner-details.ts'
import type { Candidates } from './candidates.ts'
import type { BuildChanges } from './changes/load-live.ts'
import { readColumns } from './columns.ts'
import { readBannerRows } from './detail-rows.ts'
import { PoolRows } from './pool-rows.ts'
import { arrangePools, type Pools } from './pools.ts'

const SERVED_FILES: readonly string[] = [POOLS_FILE, BANNERS_FILE]

/** A build that was loaded. */
export interface LoadedBuild {
  readonly pools: Pools
  /** When it was made: milliseconds since 1970. */
  readonly createdAtMs: number
  /** Where its other files are. */
  readonly folder: string
  readonly manifest: Manifest
  /** Tells whether another one holds the same pools. */
  readonly version: string
  /** Undefined: nothing explores. */
  readonly candidates?: Candidates | undefined
  /** Undefined: it is served as it is. */
  readonly changes?: BuildChanges | undefined
}

/**
 * Loads a published build into memory.
 *
 * @param folder - An artifacts folder (with `current`) or the folder of one build.
 * @throws {ArtifactError} If a file is missing, truncated, altered, of another format version, or breaks the contract.
 */
export async function loadPools(folder: string): Promise<Pools> {
  const build = await resolveBuildFolder(folder)
  return parsePools(build, await readManifest(build))
}

/**
 * Loads a published build unless it is the one that is known.
 *
 * @param known - The `version` of the build in memory, if there is one.
 * @returns Undefined if it is the known one, and is on disk as it was.
 * @throws {ArtifactError} As {@link loadPools}.
 */
export async function loadBuild(
  folder: string,
  known: string | undefined,
): Promise<LoadedBuild | undefined> {
  const build = await resolveBuildFolder(folder)
  const manifest = await readManifest(build)
  const version = versionOf(manifest)
  if (version === known) {
    for (const file of listServedFiles(manifest)) await verifyFile(build, manifest, file)
    return undefined
  }
  const pools = await parsePools(build, manifest)
  const createdAtMs = Date.parse(manifest.created_at)
  return { pools, createdAtMs, folder: build, manifest, version }
}

async function parsePools(build: string, manifest: Manifest): Promise<Pools> {
  const details = await parseFile(build, manifest, BANNERS_FILE, async (bytes, rows) =>
    createBannerDetails(await readBannerRows(bytes, rows)),
  )
  const pools = await parseFile(build, manifest, POOLS_FILE, async (bytes, count) => {
    const rows = new PoolRows(count)
    await readColumns(bytes, count, (columns) => rows.add(columns))
    return arrangePools(rows.finish(), manifest.build_id, details ?? NO_DETAILS)
  })
  if (pools !== undefined) return pools
  throw new ArtifactError(`the manifest does not list it: ${build}/${POOLS_FILE}`)
}

/** Undefined: the manifest does not list the file. */
async function parseFile<T>(
  build: string,
  manifest: Manifest,
  name: string,
  parse: (bytes: Uint8Array, rows: number) => Promise<T>,
): Promise<T | undefined> {
  const listed = manifest.outputs.find(({ file }) => file === name)
  if (listed === undefined) return undefined
  const bytes = await readVerified(build, manifest, name)
  try {
    return await parse(bytes, listed.rows)
  } catch (error) {
    // For want of memory: it says nothing about the file.
    if (error instanceof RangeError && /allocation/i.test(error.message)) throw error
    const reason = (error as Error).message
    throw new ArtifactError(`${reason}, build again: ${build}/${name}`, { cause: error })
  }
}

/** The files of a build that a server needs, beside its manifest. */
export function listServedFiles({ outputs }: Manifest): string[] {
  return SERVED_FILES.filter((name) => outputs.some(({ file }) => file === name))
}

/** Tells builds apart: the build id names what went in, the hash what came out; a build made again has a new date. */
export function versionOf({ build_id, created_at, outputs }: Manifest): string {
  const served = outputs.filter(({ file }) => SERVED_FILES.includes(file))
  return [build_id, created_at, ...served.map(({ sha256 }) => sha256)].join(' ')
}
