/** The current build of a bucket, to this machine and back: objects first, the pointer last. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { digestFile } from '../../contract/digest.ts'
import { ArtifactError, readManifest, verifyFile } from '../../contract/read.ts'
import { MANIFEST_FILE } from '../../contract/schema.ts'
import { PipelineError } from '../base/errors.ts'
import type { Progress } from '../base/progress.ts'
import { type Build, readCurrent, readIfIntact } from '../publish/builds.ts'
import { createBuildFolder, makeCurrent, publishBuild, withWorkFolder } from '../publish/publish.ts'
import { removeChanges, removeOldChanges } from './change-list.ts'
import { movePointer, type Pointer, pathOf, readPointer, removeOldBuilds } from './published.ts'
import type { Store } from './store.ts'

/** What is published, and where the pointer was when the build began. */
export interface PublishOptions {
  /** The artifacts folder on this machine; its current build is published. */
  readonly out: string
  readonly pointer: Pointer
  /** How many builds stay in the bucket. */
  readonly keep: number
  /** Copies the changes on top of the build, before the pointer moves; by default there are none from then on. */
  readonly copyChanges?: (store: Store, buildId: string) => Promise<void>
  readonly now: () => Date
  readonly progress: Progress
}

/**
 * Makes the current build of a store the current one of an artifacts folder: a new build is compared with it.
 *
 * A build of the store that is not whole is left there, with a warning: the next one takes its place.
 *
 * @returns Where the pointer is, for {@link publishToStore}.
 */
export async function fetchCurrent(
  store: Store,
  out: string,
  progress: Progress,
): Promise<Pointer> {
  const pointer = await readPointer(store)
  const id = pointer.manifest?.build_id
  if (id === undefined) return pointer
  const current = await readCurrent(out)
  if (current !== null && isSame(current, pointer)) return pointer
  await withWorkFolder(out, async () => {
    const known = await readIfIntact(out, id)
    if (known !== null && isSame(known, pointer)) return makeCurrent(out, id)
    const isWhole = await downloadBuild(store, out, id)
    if (isWhole) return publishBuild(out, id).then(() => {})
    progress.warn(`the published build is incomplete, the next one replaces it: ${id}`)
  })
  return pointer
}

/**
 * Publishes the current build of an artifacts folder.
 *
 * Objects that the store has already, by their sha256, are not sent again. Until the pointer moves, readers see the old
 * build; a publisher that is killed before leaves objects that no reader looks for.
 *
 * @throws {PipelineError} If the store refuses, or another job published meanwhile.
 */
export async function publishToStore(
  store: Store,
  { out, pointer, keep, now, progress, copyChanges = removeChanges }: PublishOptions,
): Promise<void> {
  const build = await readCurrent(out)
  if (build === null) throw new Error(`nothing was built: ${out}`)
  const { build_id: id } = build.manifest
  await progress.step('upload', async () => {
    const { outputs } = build.manifest
    await Promise.all(outputs.map(({ file }) => uploadFile(store, build, file)))
    await uploadFile(store, build, MANIFEST_FILE)
    await copyChanges(store, id)
    await movePointer(store, pointer, await readFile(join(build.folder, MANIFEST_FILE), 'utf8'))
  })
  const before = pointer.manifest?.build_id ?? null
  await tidyUp(store, { current: id, before }, { keep, now, progress })
}

/** What is published is published: old builds that stay are no failure. */
async function tidyUp(
  store: Store,
  { current, before }: { readonly current: string; readonly before: string | null },
  { keep, now, progress }: Pick<PublishOptions, 'keep' | 'now' | 'progress'>,
): Promise<void> {
  try {
    const removed = await removeOldBuilds(store, current, keep, now())
    for (const old of removed) progress.note(`removed build ${old} of the store`)
    await removeOldChanges(store, [current, ...(before === null ? [] : [before])])
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error
    progress.warn(`old builds were not removed: ${error.message}`)
  }
}

/** The same id with another date is a build that was made again. */
function isSame({ manifest }: Build, { manifest: published }: Pointer): boolean {
  return manifest.build_id === published?.build_id && manifest.created_at === published.created_at
}

async function uploadFile(store: Store, { folder, manifest }: Build, file: string): Promise<void> {
  const local = join(folder, file)
  const path = pathOf(manifest.build_id, file)
  const { sha256 } = await digestFile(local)
  if (!(await store.has(path, sha256))) await store.upload(path, local, sha256)
}

/** Downloads a build into a folder that nobody looks into yet, and tells whether it is what its manifest says. */
async function downloadBuild(store: Store, out: string, id: string): Promise<boolean> {
  const folder = await createBuildFolder(out, id)
  const download = (file: string) => store.download(pathOf(id, file), join(folder, file))
  if (!(await download(MANIFEST_FILE))) return false
  try {
    const manifest = await readManifest(folder)
    const areThere = await Promise.all(manifest.outputs.map(({ file }) => download(file)))
    if (areThere.includes(false)) return false
    for (const { file } of manifest.outputs) await verifyFile(folder, manifest, file)
    return manifest.build_id === id
  } catch (error) {
    if (error instanceof ArtifactError) return false
    throw error
  }
}
