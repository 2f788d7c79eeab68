/** Waiting until the operating system has put something on disk. */
import { open } from 'node:fs/promises'

/** What file systems say that cannot be asked about a folder. */
const NOT_FOR_FOLDERS = ['EINVAL', 'EISDIR', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP']

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
