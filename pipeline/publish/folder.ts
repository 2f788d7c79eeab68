import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DENYLIST_FILE } from '../../contract/denylist.ts'
import { BUILDS_FOLDER, CURRENT_LINK } from '../../contract/schema.ts'
import { PipelineError } from '../base/errors.ts'

/** What may lie in an artifacts folder before its first build; names that begin with a dot may, too. */
const ALLOWED = new Set(['README.md', DENYLIST_FILE])

/**
 * Makes sure that builds may be published into a folder, before anything is written: it is new, empty, or has builds.
 *
 * @throws {PipelineError} If it holds something else, or is a copy in which `current` is a folder.
 */
export async function assertArtifactsFolder(out: string): Promise<void> {
  // Whatever keeps the folder from being read is told by the step that writes into it.
  const names = await readdir(out).catch((): string[] => [])
  const others = names.filter((name) => !name.startsWith('.') && !ALLOWED.has(name)).sort()
  const [first] = others
  if (first !== undefined && !names.includes(BUILDS_FOLDER)) {
    throw new PipelineError(
      `not an artifacts folder, it has other files such as ${first}; give --out an empty or new one: ${out}`,
    )
  }
  const current = await lstat(join(out, CURRENT_LINK)).catch(() => null)
  // Where the file system has no links, it is a file.
  if (current !== null && !current.isSymbolicLink() && !current.isFile()) {
    throw new PipelineError(
      `${CURRENT_LINK} is no link, as after a copy that followed links (cp -L); copy with cp -a, or remove it: ${join(out, CURRENT_LINK)}`,
    )
  }
}
