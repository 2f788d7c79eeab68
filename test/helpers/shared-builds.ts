/** Builds that many tests begin with: made once a run of the tests, by whoever needs it first. */
import { createHash } from 'node:crypto'
import { cp, mkdtemp, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Fills a folder with a copy of what `prepare` makes.
 *
 * @param key - Whoever gives the same one prepares the same.
 */
export async function copyShared(
  folder: string,
  key: string,
  prepare: (folder: string) => Promise<void>,
): Promise<void> {
  const shared = process.env.BANNER_POOLS_TEST_BUILDS
  if (shared === undefined) return prepare(folder)
  const original = join(shared, createHash('sha256').update(key).digest('hex'))
  if (!(await exists(original))) await fill(shared, original, prepare)
  await cp(original, folder, {
    ...{ recursive: true, verbatimSymlinks: true, preserveTimestamps: true },
  })
}

/** Two workers may make it at the same time: what is there first stays. */
async function fill(
  shared: string,
  original: string,
  prepare: (folder: string) => Promise<void>,
): Promise<void> {
  const made = await mkdtemp(join(shared, 'new-'))
  await prepare(made)
  try {
    await rename(made, original)
  } catch (error) {
    if (!(await exists(original))) throw error
    await rm(made, { recursive: true })
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null
}
