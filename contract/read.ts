/** Reading a build without trusting it: first the manifest's shape and format version, then each file's sha256. */
import { type FileHandle, open, readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { type Digest, digestFile, digestOf, digestOpenFile } from './digest.ts'
import { ManifestError, parseManifest } from './manifest.ts'
import { CURRENT_LINK, MANIFEST_FILE, type Manifest, type ManifestOutput } from './schema.ts'

/** A build that cannot be used. The message names the file and what to do; no stack is of interest. */
export class ArtifactError extends Error {
  override readonly name = 'ArtifactError'
}

/**
 * Finds the folder of one build, following `current` once, so that all later reads are of the same build.
 *
 * @param folder - An artifacts folder (with `current`) or the folder of one build.
 * @throws {ArtifactError} If there is neither a `current` nor a manifest.
 */
export async function resolveBuildFolder(folder: string): Promise<string> {
  for (const candidate of [join(folder, CURRENT_LINK), folder]) {
    const resolved = await realpath(join(candidate, MANIFEST_FILE)).catch(() => null)
    if (resolved !== null) return realpath(candidate)
  }
  throw new ArtifactError(`no build found, run 'make pipeline' first: ${folder}`)
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
 * @param folder - The folder of one build.
 * @param manifest - Of the same build.
 * @param file - A name in `manifest.outputs`.
 * @returns The bytes that were hashed: parse these, do not read the file again.
 * @throws {ArtifactError} If the file is missing, unlisted, truncated or altered.
 */
export async function readVerified(
  folder: string,
  manifest: Manifest,
  file: string,
): Promise<Buffer> {
  const path = join(folder, file)
  const listed = listedOutput(manifest, file, path)
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new ArtifactError(`cannot be read (${error.code}), build again: ${path}`)
  })
  assertSame(listed, digestOf(bytes), path)
  return bytes
}

/**
 * Checks that a file of a build is what the manifest says, without keeping it: it may be larger than memory.
 *
 * @param file - A name in `manifest.outputs`.
 * @throws {ArtifactError} If the file is missing, unlisted, truncated or altered.
 */
export async function verifyFile(folder: string, manifest: Manifest, file: string): Promise<void> {
  const path = join(folder, file)
  const listed = listedOutput(manifest, file, path)
  const digest = await digestFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new ArtifactError(`cannot be read (${error.code}), build again: ${path}`)
  })
  assertSame(listed, digest, path)
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
  const handle = await open(path).catch((error: NodeJS.ErrnoException) => {
    throw new ArtifactError(`cannot be read (${error.code}), build again: ${path}`)
  })
  try {
    assertSame(listed, await digestOpenFile(handle), path)
    return handle
  } catch (error) {
    await handle.close()
    throw error
  }
}

function listedOutput({ outputs }: Manifest, file: string, path: string): ManifestOutput {
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
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new ArtifactError(
      `cannot be read (${(error as NodeJS.ErrnoException).code}), build again: ${path}`,
    )
  }
}
