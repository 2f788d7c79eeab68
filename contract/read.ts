/** Reading a build without trusting it: first the manifest's shape and format version, then each file's sha256. */
import { type FileHandle, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { PointerError, readPointer } from './current.ts'
import { type Digest, digestBytes, digestOpenFile } from './digest.ts'
import { ManifestError, parseManifest } from './manifest.ts'
import {
  BUILDS_FOLDER,
  CURRENT_LINK,
  MANIFEST_FILE,
  type Manifest,
  type ManifestOutput,
} from './schema.ts'
import { openRegularFile, readSmallFile, SmallFileError } from './small-file.ts'

/**
 * Why a build cannot be used. `bad` is a verdict about its bytes, and holds until they change; a file that is `missing`
 * or `unreadable` may be there, or readable, at the next try.
 */
export type ArtifactFault = 'bad' | 'missing' | 'unreadable'

/** A build that cannot be used. The message names the file and what to do; no stack is of interest. */
export class ArtifactError extends Error {
  override readonly name = 'ArtifactError'
  readonly fault: ArtifactFault

  constructor(
    message: string,
    { fault = 'bad', cause }: { fault?: ArtifactFault; cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause })
    this.fault = fault
  }
}

/** Bytes: 64 MB. A manifest has some hundred a file of the input. */
const MAX_MANIFEST_BYTES = 64_000_000

/** What the operating system says of a file that is not there. */
const MISSING = ['ENOENT', 'ENOTDIR', 'ELOOP']

/**
 * Finds the folder of one build, following `current` once, so that all later reads are of the same build.
 *
 * @param folder - An artifacts folder (with `current`) or the folder of one build.
 * @throws {ArtifactError} If there is neither a `current` nor a manifest.
 */
export async function resolveBuildFolder(folder: string): Promise<string> {
  for (const candidate of [await findCurrent(folder), folder]) {
    const path = join(candidate, MANIFEST_FILE)
    const resolved = await realpath(path).catch((error: NodeJS.ErrnoException) => {
      if (isMissing(error)) return null
      throw unreadable(error, path)
    })
    if (resolved !== null) return realpath(candidate)
  }
  const message = `no build found, run 'make pipeline' first: ${folder}`
  throw new ArtifactError(message, { fault: 'missing' })
}

/** Where `current` leads, by a link or by a line. */
async function findCurrent(folder: string): Promise<string> {
  const path = join(folder, CURRENT_LINK)
  const id = await readPointer(folder).catch((error: NodeJS.ErrnoException) => {
    if (isMissing(error)) return null
    if (error instanceof PointerError)
      throw new ArtifactError(`${error.message}, build again: ${path}`)
    throw unreadable(error, path)
  })
  return id === null ? path : join(folder, BUILDS_FOLDER, id)
}

/**
 * Reads and checks `manifest.json`.
 *
 * @param folder - The folder of one build.
 * @throws {ArtifactError} If it is missing, altered, no manifest, or of another format version.
 */
export async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, MANIFEST_FILE)
  const text = await readText(path)
  try {
    return parseManifest(text)
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error
    throw new ArtifactError(`${error.message}, build again: ${path}`)
  }
}

/**
 * Reads one file of a build whole and checks that it is what the manifest says.
 *
 * @param folder - The folder of one build, or of a change.
 * @param manifest - Of the same build or change: what lists its outputs.
 * @param file - A name in `manifest.outputs`.
 * @returns The bytes that were hashed: parse these, do not read the file again.
 * @throws {ArtifactError} If the file is missing, unlisted, truncated or altered.
 */
export async function readVerified(
  folder: string,
  manifest: Pick<Manifest, 'outputs'>,
  file: string,
): Promise<Buffer> {
  const listed = listedOutput(manifest, file, join(folder, file))
  return withOutput(folder, listed, async (handle) => {
    const bytes = await handle.readFile()
    return { result: bytes, digest: digestBytes(bytes) }
  })
}

/**
 * Checks that a file of a build, or of a change, is what the manifest or the change says, without keeping it: it may be larger than memory.
 *
 * @param file - A name in `manifest.outputs`.
 * @throws {ArtifactError} If the file is missing, unlisted, truncated or altered.
 */
export async function verifyFile(
  folder: string,
  manifest: Pick<Manifest, 'outputs'>,
  file: string,
): Promise<void> {
  const listed = listedOutput(manifest, file, join(folder, file))
  await withOutput(folder, listed, async (handle) => {
    return { result: undefined, digest: await digestOpenFile(handle) }
  })
}

/**
 * Opens a file of a build and checks that it is what its manifest says. What is read through the handle is of the file
 * that was checked, even if another one takes its place.
 *
 * @param listed - Of `manifest.outputs`.
 * @throws {ArtifactError} If the file is missing, truncated or altered.
 */
export async function openVerified(folder: string, listed: ManifestOutput): Promise<FileHandle> {
  const path = join(folder, listed.file)
  const handle = await openOutput(listed, path)
  try {
    const digest = await digestOpenFile(handle).catch((error) => {
      throw unreadable(error, path)
    })
    assertSame(listed, digest, path)
    return handle
  } catch (error) {
    await handle.close()
    throw error
  }
}

async function withOutput<T>(
  folder: string,
  listed: ManifestOutput,
  read: (handle: FileHandle) => Promise<{ result: T; digest: Digest }>,
): Promise<T> {
  const path = join(folder, listed.file)
  const handle = await openOutput(listed, path)
  try {
    const { result, digest } = await read(handle).catch((error) => {
      throw unreadable(error, path)
    })
    assertSame(listed, digest, path)
    return result
  } finally {
    await handle.close()
  }
}

/** Another size is seen before a byte is read. */
async function openOutput(listed: ManifestOutput, path: string): Promise<FileHandle> {
  const handle = await openRegularFile(path).catch((error) => {
    throw unreadable(error, path)
  })
  try {
    const { size } = await handle.stat()
    if (size === listed.bytes) return handle
    throw new ArtifactError(
      `has ${size} bytes, the manifest says ${listed.bytes}, build again: ${path}`,
    )
  } catch (error) {
    await handle.close()
    throw error
  }
}

function listedOutput(
  { outputs }: Pick<Manifest, 'outputs'>,
  file: string,
  path: string,
): ManifestOutput {
  const listed = outputs.find((output) => output.file === file)
  if (listed === undefined) throw new ArtifactError(`the manifest does not list it: ${path}`)
  return listed
}

function assertSame(listed: ManifestOutput, actual: Digest, path: string): void {
  if (actual.bytes !== listed.bytes) {
    throw new ArtifactError(
      `has ${actual.bytes} bytes, the manifest says ${listed.bytes}, build again: ${path}`,
    )
  }
  if (actual.sha256 !== listed.sha256) {
    throw new ArtifactError(
      `sha256 differs from the manifest, the file was altered, build again: ${path}`,
    )
  }
}

async function readText(path: string): Promise<string> {
  try {
    return String(await readSmallFile(path, { maxBytes: MAX_MANIFEST_BYTES }))
  } catch (error) {
    throw unreadable(error as Error, path)
  }
}

/** The remedy is a new build only where a file is missing: one that cannot be read now may be good. */
function unreadable(error: NodeJS.ErrnoException, path: string): ArtifactError {
  const isGone = isMissing(error)
  const remedy = isGone || error instanceof SmallFileError ? 'build again' : 'try again'
  const reason = error.code === undefined ? error.message : `cannot be read (${error.code})`
  return new ArtifactError(`${reason}, ${remedy}: ${path}`, {
    fault: isGone ? 'missing' : 'unreadable',
    cause: error,
  })
}

function isMissing({ code }: NodeJS.ErrnoException): boolean {
  return code !== undefined && MISSING.includes(code)
}
