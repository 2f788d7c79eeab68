/** What differs by file system: making sure that what was written is on disk, and links. */
import { copyFile, link, open } from 'node:fs/promises'

/** What file systems say that cannot be asked about a folder. */
const NOT_FOR_FOLDERS = ['EINVAL', 'EISDIR', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP']

/** What file systems say that have no links: FAT, some network mounts and shared folders. */
const WITHOUT_LINKS = ['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL', 'EXDEV']

/** Tells whether an error says that the file system has no links. */
export function isWithoutLinks({ code = '' }: NodeJS.ErrnoException): boolean {
  return WITHOUT_LINKS.includes(code)
}

/** Gives a file a second name, or copies it where that is not possible. */
export async function linkOrCopy(from: string, to: string): Promise<void> {
  await link(from, to).catch((error: NodeJS.ErrnoException) => {
    if (!isWithoutLinks(error)) throw error
    return copyFile(from, to)
  })
}

/** Waits until a file is on disk: DuckDB's COPY does not, and a rename may reach the disk before the data does. */
export async function syncToDisk(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Waits until the names in a folder are on disk, where that can be asked for. */
export async function syncFolder(path: string): Promise<void> {
  await syncToDisk(path).catch((error: NodeJS.ErrnoException) => {
    if (!NOT_FOR_FOLDERS.includes(error.code ?? '')) throw error
  })
}
