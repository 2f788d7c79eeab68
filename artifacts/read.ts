/** Reading a build without trusting it: first the manifest's shape and format version, then each file's sha256. */
import { createHash } from 'node:crypto'
import { readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { ManifestError, parseManifest } from './manifest.ts'
import { CURRENT_LINK, MANIFEST_FILE, type Manifest } from './schema.ts'

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
  const listed = manifest.outputs.find((output) => output.file === file)
  if (listed === undefined) throw new ArtifactError(`the manifest does not list it: ${path}`)
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new ArtifactError(`cannot be read (${error.code}), build again: ${path}`)
  })
  if (bytes.length !== listed.bytes) {
    throw new ArtifactError(
      `has ${bytes.length} bytes, the manifest says ${listed.bytes}, build again: ${path}`,
    )
  }
  if (createHash('sha256').update(bytes).digest('hex') !== listed.sha256) {
    throw new ArtifactError(
      `sha256 differs from the manifest, the file was altered, build again: ${path}`,
    )
  }
  return bytes
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
