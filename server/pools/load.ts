/** From the artifact to the pools in memory. Runs in a worker thread, see load-worker.ts. */
import {
  ArtifactError,
  readManifest,
  readVerified,
  resolveBuildFolder,
  verifyFile,
} from '../../contract/read.ts'
import { type Manifest, POOLS_FILE } from '../../contract/schema.ts'
import type { BuildChanges } from './changes/load-live.ts'
import { readColumns } from './columns.ts'
import { createPools, type Pools } from './pools.ts'

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
    await verifyFile(build, manifest, POOLS_FILE)
    return undefined
  }
  const pools = await parsePools(build, manifest)
  const createdAtMs = Date.parse(manifest.created_at)
  return { pools, createdAtMs, folder: build, manifest, version }
}

async function parsePools(build: string, manifest: Manifest): Promise<Pools> {
  const bytes = await readVerified(build, manifest, POOLS_FILE)
  const rows = manifest.outputs.find(({ file }) => file === POOLS_FILE)?.rows ?? 0
  try {
    return createPools(await readColumns(bytes, rows), manifest.build_id)
  } catch (error) {
    // For want of memory: it says nothing about the file.
    if (error instanceof RangeError && /allocation/i.test(error.message)) throw error
    const reason = (error as Error).message
    throw new ArtifactError(`${reason}, build again: ${build}/${POOLS_FILE}`, { cause: error })
  }
}

/** Tells builds apart: the build id names what went in, the hash what came out; a build made again has a new date. */
export function versionOf({ build_id, created_at, outputs }: Manifest): string {
  const pools = outputs.find((output) => output.file === POOLS_FILE)
  return [build_id, created_at, pools?.sha256].join(' ')
}
