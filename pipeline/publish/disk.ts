/** What differs by file system: links. */
import { copyFile, link } from 'node:fs/promises'

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
