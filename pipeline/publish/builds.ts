/** The builds in an artifacts folder: which there are, which to keep, and going back to one. */
import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { changesFolder, LIVE_FOLDER } from '../../contract/changes.ts'
import { ArtifactError, readManifest, verifyFile } from '../../contract/read.ts'
import { BUILDS_FOLDER, MANIFEST_FILE, type Manifest } from '../../contract/schema.ts'
import { PipelineError } from '../base/errors.ts'
import { chooseEarlierBuild, chooseOldBuilds, compareNewestFirst } from './choose-builds.ts'
import { currentBuildId, pointTo } from './current.ts'
import { writeHold } from './hold.ts'
import { withLock, withSwitchLock } from './lock.ts'
import { BUILD_FILES } from './outputs.ts'
import { makeCurrent, removeBuild } from './publish.ts'

/** A complete build. */
export interface Build {
  readonly folder: string
  readonly manifest: Manifest
}

/**
 * Reads a build whole.
 *
 * @throws {ArtifactError} If a file is missing or differs from the manifest.
 */
async function readBuild(out: string, buildId: string): Promise<Build> {
  const folder = join(out, BUILDS_FOLDER, buildId)
  const manifest = await readManifest(folder)
  for (const { file } of manifest.outputs) await verifyFile(folder, manifest, file)
  return { folder, manifest }
}

/** Tells whether a build has every file that builds have now: an earlier version may have written fewer. */
export function isComplete({ manifest }: Build): boolean {
  return BUILD_FILES.every(
    (name) => name === MANIFEST_FILE || manifest.outputs.some(({ file }) => file === name),
  )
}

/** Reads the current build; null if there is none, or none that is whole: building again mends that. */
export async function readCurrent(out: string): Promise<Build | null> {
  const buildId = await currentBuildId(out)
  return buildId === null ? null : readIfIntact(out, buildId)
}

/** Reads a build if it is there and whole. */
export async function readIfIntact(out: string, buildId: string): Promise<Build | null> {
  try {
    return await readBuild(out, buildId)
  } catch (error) {
    if (error instanceof ArtifactError) return null
    throw error
  }
}

/**
 * Removes all but the newest builds; the current one stays in any case.
 *
 * @param keep - How many stay, 1 or more.
 * @returns The ids of those that went.
 */
export async function removeOldBuilds(out: string, keep: number): Promise<string[]> {
  const current = await currentBuildId(out)
  const doomed = chooseOldBuilds(await listBuilds(out), current, keep)
  for (const buildId of doomed) await removeBuild(out, buildId)
  return doomed
}

/**
 * Makes an earlier build current. Where logs are followed, publication is then held there.
 *
 * @param buildId - Undefined: the newest of those that are older than the current one.
 * @throws {PipelineError} If there is no such build.
 * @throws {ArtifactError} If it is not whole; what is current stays.
 */
export async function rollBack(
  out: string,
  buildId?: string,
  now: () => Date = () => new Date(),
): Promise<{ from: string; to: string; isHeld: boolean }> {
  const from = await currentBuildId(out)
  if (from === null) throw new PipelineError(`no build found: ${out}`)
  const isHeld = existsSync(join(out, LIVE_FOLDER))
  // A follower has the other lock for its life.
  const lock = isHeld ? withSwitchLock : withLock
  return lock(out, async () => {
    const to = chooseEarlierBuild(await listBuilds(out), from, { wanted: buildId, place: out })
    await readBuild(out, to)
    if (isHeld) await holdAt(out, { from, to, since: now() })
    else await makeCurrent(out, to)
    return { from, to, isHeld }
  })
}

/** The hold comes first: whoever reads the changes on top of the earlier build applies none of them. */
async function holdAt(
  out: string,
  { from, to, since }: { from: string; to: string; since: Date },
): Promise<void> {
  await writeHold(out, { buildId: to, n: 0, reason: `rolled back from ${from}`, since })
  await rm(changesFolder(out, to), { recursive: true, force: true })
  await pointTo(out, to)
}

/** Reads the manifests of all complete builds, newest first. */
export async function listBuilds(out: string): Promise<Manifest[]> {
  const names = await readdir(join(out, BUILDS_FOLDER)).catch(() => [])
  const manifests: Manifest[] = []
  for (const name of names.filter((entry) => !entry.startsWith('.'))) {
    const manifest = await readManifest(join(out, BUILDS_FOLDER, name)).catch(() => null)
    if (manifest !== null) manifests.push(manifest)
  }
  return manifests.sort(compareNewestFirst)
}
