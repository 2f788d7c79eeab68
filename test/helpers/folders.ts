import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** Runs `fn` with a new empty folder and removes it afterwards. */
export async function withFolder<T>(fn: (folder: string) => Promise<T>): Promise<T> {
  const folder = await createFolder()
  try {
    return await fn(folder)
  } finally {
    await removeFolder(folder)
  }
}

/** Makes an empty folder, for tests that share one; {@link removeFolder} is for the end. */
export function createFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'banner-pools-'))
}

/** Removes a folder with all that is in it. */
export function removeFolder(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true })
}

/** Writes files below a folder: path to content. Folders are made as needed. */
export async function writeFiles(
  folder: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), content)
  }
}
