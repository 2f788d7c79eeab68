/** The builds whose files are still there, beside the one that is served. Runs in the thread of details.ts. */
import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { ArtifactError, readManifest } from '../../../contract/read.ts'
import { BUILDS_FOLDER, type Manifest } from '../../../contract/schema.ts'

/** A build that is there. */
export interface KeptBuild {
  readonly folder: string
  readonly manifest: Manifest
}

/** The folder of all builds; undefined: the served one lies alone. */
export function findBuildsFolder(folder: string): string | undefined {
  const parent = dirname(folder)
  return basename(parent) === BUILDS_FOLDER ? parent : undefined
}

/** A build id, as the name of its folder. */
const BUILD_ID = /^[0-9a-f]{8,64}$/

/**
 * Lists the builds, the newest first.
 *
 * @param folder - Of the served build.
 */
export async function listKeptBuilds(folder: string): Promise<KeptBuild[]> {
  const parent = findBuildsFolder(folder)
  if (parent === undefined) return [{ folder, manifest: await readManifest(folder) }]
  const names = (await readdir(parent)).filter((name) => BUILD_ID.test(name))
  const builds = await Promise.all(names.map((name) => readBuild(join(parent, name))))
  return builds
    .flatMap((build) => build ?? [])
    .sort((a, b) => b.manifest.created_at.localeCompare(a.manifest.created_at))
}

/**
 * Finds one build.
 *
 * @returns Null: there is none of that id that is whole.
 */
export async function findKeptBuild(folder: string, buildId: string): Promise<KeptBuild | null> {
  if (!BUILD_ID.test(buildId)) return null
  const parent = findBuildsFolder(folder)
  if (parent !== undefined) return readBuild(join(parent, buildId))
  const only = await readBuild(folder)
  return only?.manifest.build_id === buildId ? only : null
}

/** A build that is being removed is none. */
async function readBuild(folder: string): Promise<KeptBuild | null> {
  try {
    return { folder, manifest: await readManifest(folder) }
  } catch (error) {
    if (error instanceof ArtifactError) return null
    throw error
  }
}
