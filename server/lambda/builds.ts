/** The builds that a function serves: the one of its own package, or the published one of a bucket. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseManifest } from '../../contract/manifest.ts'
import { ArtifactError } from '../../contract/read.ts'
import { joinKey } from '../../contract/s3-address.ts'
import { BUILDS_FOLDER, MANIFEST_FILE, type Manifest } from '../../contract/schema.ts'
import { listServedFiles, versionOf } from '../pools/load.ts'
import { parseSnapshot, type ServedBuild } from '../pools/snapshot.ts'
import type { ReadObject, StoredObject } from './objects.ts'

/** Loads what lies in a folder: at the start in place, which is sooner; later in a thread, which holds up no request. */
export type Loader = (folder: string) => Promise<ServedBuild | undefined>

/** A build of a bucket, and how to tell whether it is still the published one. */
export interface PublishedBuild {
  readonly build: ServedBuild
  /** ETag of the pointer. */
  readonly etag: string
}

/** The build that is packed with the function, as it lies in memory: see pools/snapshot.ts. */
export const PACKED_FILE = 'pools.bin'

/**
 * Loads the build that was packed together with the function.
 *
 * @param folder - Of the package.
 * @returns Undefined if none was.
 * @throws {ArtifactError} If it is bad.
 */
export async function loadPacked(folder: string): Promise<ServedBuild | undefined> {
  const bytes = await readFile(join(folder, PACKED_FILE)).catch((error) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  return bytes && parseSnapshot(bytes)
}

/**
 * Loads the build that is published below a prefix: `manifest.json` there names it, its files are in `builds/<id>/`.
 *
 * @param known - What is served now.
 * @returns Undefined if that is still the published one.
 * @throws {ArtifactError} If there is no build, or it is bad.
 * @throws {ObjectError} If the store does not give it.
 */
export async function loadPublished(
  read: ReadObject,
  prefix: string,
  load: Loader,
  known?: PublishedBuild,
): Promise<PublishedBuild | undefined> {
  const key = joinKey(prefix, MANIFEST_FILE)
  const pointer = await read(key, known?.etag)
  if (pointer === 'same') return undefined
  if (pointer === undefined) throw new ArtifactError(`no build is published: ${key}`)
  const manifest = readPointer(pointer, key)
  const { etag } = pointer
  if (known !== undefined && known.build.version === versionOf(manifest)) return { ...known, etag }
  const files: Record<string, Uint8Array> = { [MANIFEST_FILE]: pointer.bytes }
  for (const file of listServedFiles(manifest)) {
    const fileKey = joinKey(prefix, BUILDS_FOLDER, manifest.build_id, file)
    const object = await read(fileKey)
    if (object === undefined || object === 'same') {
      throw new ArtifactError(`is missing: ${fileKey}`)
    }
    files[file] = object.bytes
  }
  return withFiles(files, async (folder) => {
    const build = await load(folder)
    if (build === undefined) throw new Error('a build that is not known was not loaded')
    return { build, etag }
  })
}

function readPointer({ bytes }: StoredObject, key: string): Manifest {
  try {
    return parseManifest(bytes.toString('utf8'))
  } catch (error) {
    throw new ArtifactError(`${(error as Error).message}: ${key}`)
  }
}

/** On disk, because what reads a build checks it as it reads it, from there. */
async function withFiles<T>(
  files: Readonly<Record<string, Uint8Array>>,
  fn: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'pools-'))
  try {
    for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes)
    return await fn(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
