/**
 * Builds in a bucket.
 *
 *     <prefix>/builds/<id>/        as in an artifacts folder, manifest.json last
 *     <prefix>/live/<id>/          changes on top of a build, see contract/bucket-changes.ts
 *     <prefix>/manifest.json       the pointer: the manifest of the current build, and the only switch
 */

import { ManifestError, parseManifest } from '../../contract/manifest.ts'
import { BUILDS_FOLDER, MANIFEST_FILE, type Manifest } from '../../contract/schema.ts'
import { PipelineError } from '../base/errors.ts'
import { urlOf } from '../base/s3/location.ts'
import { chooseOldBuilds, compareNewestFirst } from '../publish/choose-builds.ts'
import type { Store } from './store.ts'

/** What the pointer of a store says. */
export interface Pointer {
  /** Null: nothing is published, or what is there is no manifest. */
  readonly manifest: Manifest | null
  /** As it was written; null: nothing is published. */
  readonly text: string | null
  /** For replacing it, if nobody else did. */
  readonly etag: string | null
}

/** A build in a bucket that has its manifest: it is complete. */
export interface StoredBuild {
  readonly manifest: Manifest
  /** The manifest as it was written, with its checksum. */
  readonly text: string
}

/** Milliseconds, a day: what has no manifest after that is of a publisher that was killed. */
const UNFINISHED_MS = 86_400_000

/** Reads the pointer. */
export async function readPointer(store: Store): Promise<Pointer> {
  const found = await store.readText(MANIFEST_FILE)
  if (found === null) return { manifest: null, text: null, etag: null }
  return { manifest: parseOrNull(found.text), ...found }
}

/**
 * Points readers at a build, unless another publisher moved the pointer since it was read.
 *
 * @throws {PipelineError} If one did: what that one published stays.
 */
export async function movePointer(store: Store, from: Pointer, text: string): Promise<void> {
  if (await store.replace(MANIFEST_FILE, text, from.etag)) return
  const url = urlOf(store.location)
  throw new PipelineError(`another job published meanwhile, its build stays current: ${url}`)
}

/** Lists the complete builds, newest first. */
export async function listBuilds(store: Store): Promise<StoredBuild[]> {
  const builds: StoredBuild[] = []
  for (const [id, paths] of await listFolders(store)) {
    const path = pathOf(id, MANIFEST_FILE)
    if (!paths.some((one) => one.path === path)) continue
    const found = await store.readText(path)
    const manifest = found && parseOrNull(found.text)
    if (found !== null && manifest !== null) builds.push({ manifest, text: found.text })
  }
  return builds.sort(({ manifest: a }, { manifest: b }) => compareNewestFirst(a, b))
}

/**
 * Removes all but the newest builds; the current one stays in any case.
 *
 * @param keep - How many stay, 1 or more.
 * @returns The ids of those that went.
 */
export async function removeOldBuilds(
  store: Store,
  current: string,
  keep: number,
  now: Date,
): Promise<string[]> {
  const builds = (await listBuilds(store)).map(({ manifest }) => manifest)
  const complete = new Set([current, ...builds.map(({ build_id }) => build_id)])
  const old = new Set(chooseOldBuilds(builds, current, keep))
  const removed: string[] = []
  for (const [id, objects] of await listFolders(store)) {
    const isDead = objects.every(
      ({ modified }) => now.getTime() - modified.getTime() > UNFINISHED_MS,
    )
    if (!old.has(id) && (complete.has(id) || !isDead)) continue
    // The manifest first: without it the rest is no build.
    const paths = objects.map(({ path }) => path)
    await store.remove(paths.sort((a) => (a.endsWith(`/${MANIFEST_FILE}`) ? -1 : 1)))
    removed.push(id)
  }
  return removed
}

/** Names a file of a build. */
export function pathOf(buildId: string, file: string): string {
  return `${BUILDS_FOLDER}/${buildId}/${file}`
}

async function listFolders(store: Store) {
  const folders = new Map<string, Awaited<ReturnType<Store['list']>>>()
  for (const object of await store.list(`${BUILDS_FOLDER}/`)) {
    const [, id = ''] = object.path.split('/')
    folders.set(id, [...(folders.get(id) ?? []), object])
  }
  return folders
}

/** Building again mends a manifest that cannot be used. */
function parseOrNull(text: string): Manifest | null {
  try {
    return parseManifest(text)
  } catch (error) {
    if (error instanceof ManifestError) return null
    throw error
  }
}
