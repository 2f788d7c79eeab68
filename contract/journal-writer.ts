/**
 * Writing a journal (journal.ts), as the owner of its folder's lock does.
 *
 *     const { journal, last } = await openJournal(path)     cuts off what is behind the last whole record
 *     await journal.append({ lengths, …more })              on disk for good when it returns
 *
 * A journal that has grown long is replaced by one with its last record: readers need no other.
 */
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { formatJournalRecord, type JournalRecord, readLastRecord } from './journal.ts'
import { syncFolder } from './sync.ts'

/** Bytes after which a journal begins anew: some ten thousand records. */
const MAX_BYTES = 16 << 20

/** A journal that is open for writing. Not safe for use by several at once. */
export interface Journal {
  /**
   * Appends a record and puts it on disk.
   *
   * @throws {NodeJS.ErrnoException} If it cannot be written; then it never happened, and may be tried again.
   */
  readonly append: (record: JournalRecord) => Promise<void>
  readonly close: () => Promise<void>
}

/** A journal, and where its writer was. */
export interface OpenedJournal {
  readonly journal: Journal
  /** Null if there was none. Its fields beside `lengths` are as they were written; their owner checks them. */
  readonly last: JournalRecord | null
}

/**
 * Opens a journal, makes it if it is missing, and cuts it to its last whole record.
 *
 * @param path - Its folder is made as needed.
 * @throws {NodeJS.ErrnoException} If the file system refuses.
 */
export async function openJournal(path: string, maxBytes = MAX_BYTES): Promise<OpenedJournal> {
  const folder = dirname(path)
  await mkdir(folder, { recursive: true })
  const { record, end } = await readLastRecord(path)
  let file = await open(path, 'a+').then(async (made) => {
    await made.close()
    return open(path, 'r+')
  })
  let length = end
  await file.truncate(length)
  await file.sync()
  await syncFolder(folder)
  const append = async (next: JournalRecord) => {
    const line = Buffer.from(formatJournalRecord(next))
    if (length > 0 && length + line.length > maxBytes) {
      const { handle } = await replaceJournal(path, line)
      await file.close()
      file = handle
      length = line.length
      return
    }
    await appendAt(file, line, length)
    length += line.length
  }
  return { journal: { append, close: () => file.close() }, last: record }
}

/** All of it, or nothing. */
async function appendAt(file: FileHandle, line: Buffer, length: number): Promise<void> {
  try {
    await file.write(line, 0, line.length, length)
    await file.datasync()
  } catch (error) {
    await file.truncate(length).catch(() => undefined)
    throw error
  }
}

async function replaceJournal(path: string, line: Buffer): Promise<{ handle: FileHandle }> {
  const hidden = join(dirname(path), `.${basename(path)}.new`)
  await rm(hidden, { force: true })
  const handle = await open(hidden, 'wx+')
  try {
    await handle.write(line)
    await handle.sync()
    await rename(hidden, path)
    await syncFolder(dirname(path))
    return { handle }
  } catch (error) {
    await handle.close()
    throw error
  }
}
