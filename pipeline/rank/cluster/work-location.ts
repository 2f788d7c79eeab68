/** The folder through which the command line and a cluster hand each other files. */
import { constants, copyFile, mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { withFileErrors } from '../../base/errors.ts'

/** A folder that a cluster can read and write, as seen from here. */
export interface WorkLocation {
  /** Puts a file at a path below the location, with `/`. */
  put(source: string, path: string): Promise<void>
  /** Removes what is below a path. */
  remove(path: string): Promise<void>
}

/**
 * A location on a file system that this machine and the cluster share.
 *
 * @param folder - What the location is on this machine.
 */
export function folderLocation(folder: string): WorkLocation {
  const what = `work folder cannot be written, see --work-folder: ${folder}`
  return {
    put: (source, path) =>
      withFileErrors(what, async () => {
        const target = join(folder, path)
        await mkdir(dirname(target), { recursive: true })
        // A second name for the file would be as cheap everywhere, but changes the time of its last change.
        await copyFile(source, target, constants.COPYFILE_FICLONE)
      }),
    remove: (path) =>
      withFileErrors(what, () => rm(join(folder, path), { recursive: true, force: true })),
  }
}
