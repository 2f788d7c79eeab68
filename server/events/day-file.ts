/** A file a day that lines are appended to: beside the logs, so that no rule reads it. */
import { type FileHandle, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'

const LINE_FEED = 10
const CHUNK_BYTES = 65_536

/** How the files are named, and what they hold. */
export interface DayFileOptions {
  readonly folder: string
  /** The name is `<name>-<day>.<ending>`. */
  readonly name: string
  readonly ending: string
  /** The first line, without its end. */
  readonly header?: string
  /** Bytes of a day after which its lines are dropped. */
  readonly maxBytes: number
}

/** The files of one kind. Not safe for use by several at once. */
export class DayFile {
  readonly #options: DayFileOptions
  #day = ''
  #file: FileHandle | undefined
  #length = 0

  constructor(options: DayFileOptions) {
    this.#options = options
  }

  /**
   * Appends whole lines.
   *
   * @returns False if the day has too many already.
   * @throws {NodeJS.ErrnoException} If the file system refuses; then nothing of them is there.
   */
  async append(day: string, lines: string): Promise<boolean> {
    if (day !== this.#day || this.#file === undefined) await this.#open(day)
    const bytes = Buffer.from(lines)
    if (this.#length + bytes.length > this.#options.maxBytes) return false
    try {
      await this.#file?.appendFile(bytes)
    } catch (error) {
      await this.#file?.truncate(this.#length)
      throw error
    }
    this.#length += bytes.length
    return true
  }

  async sync(): Promise<void> {
    await this.#file?.datasync()
  }

  async close(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    this.#day = ''
    await file?.close()
  }

  async #open(day: string): Promise<void> {
    await this.close()
    const { folder, name, ending, header } = this.#options
    const file = await open(join(folder, `${name}-${day}.${ending}`), 'a+')
    // Half a line is what a kill leaves.
    const length = await findEnd(file)
    await file.truncate(length)
    this.#file = file
    this.#day = day
    this.#length = length
    if (length === 0 && header !== undefined) await this.append(day, `${header}\n`)
  }
}

/** Lists the files of a kind, of these days and later. */
export async function listDayFiles(folder: string, name: string, since: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [])
  const found = names.filter((file) => file.startsWith(`${name}-`) && file > `${name}-${since}`)
  return found.map((file) => join(folder, file)).sort()
}

/** Bytes up to the last line end. */
async function findEnd(file: FileHandle): Promise<number> {
  let { size: end } = await file.stat()
  const chunk = Buffer.alloc(CHUNK_BYTES)
  while (end > 0) {
    const start = Math.max(0, end - CHUNK_BYTES)
    const { bytesRead } = await file.read(chunk, 0, end - start, start)
    const last = chunk.subarray(0, bytesRead).lastIndexOf(LINE_FEED)
    if (last !== -1) return start + last + 1
    end = start
  }
  return 0
}
