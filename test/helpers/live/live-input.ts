/** An input folder that grows, and what each length of its files means. */
import { appendFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { DATASETS, type Dataset, type TABLES } from '../../../contract/schema.ts'
import type { Places } from '../../../pipeline/live/publisher.ts'
import type { Click, Conversion, Impression, Logs } from '../reference.ts'
import type { LiveFile, LiveRow } from './live-world.ts'

/** A file that is being written. */
interface WrittenFile {
  readonly file: LiveFile
  /** The whole text, to be. */
  readonly text: Buffer
  /** Bytes of lines, without carriage returns, up to each line end. */
  readonly ends: readonly number[]
  path: string
  written: number
  isPacked: boolean
}

/** The files of a world, none of them written. */
export class LiveInput {
  readonly folder: string
  readonly #files: WrittenFile[]
  /** By each path that a file had. */
  readonly #byPath = new Map<string, WrittenFile>()

  constructor(folder: string, files: readonly LiveFile[]) {
    this.folder = folder
    this.#files = files.map((file) => {
      const path = `${file.dataset}/${file.table}_${file.name}.csv`
      return { ...describeText(file), file, path, written: 0, isPacked: false }
    })
    for (const file of this.#files) this.#byPath.set(file.path, file)
  }

  /** Files that are not whole yet. */
  growing(): WrittenFile[] {
    return this.#files.filter(({ written, text }) => written < text.length)
  }

  /** Files that are whole and as they were written. */
  whole(): WrittenFile[] {
    return this.#files.filter(({ written, text, isPacked }) => written === text.length && !isPacked)
  }

  async append(file: WrittenFile, bytes: number): Promise<void> {
    const path = join(this.folder, file.path)
    await mkdir(join(path, '..'), { recursive: true })
    const end = Math.min(file.text.length, file.written + bytes)
    await appendFile(path, file.text.subarray(file.written, end))
    file.written = end
  }

  async rename(file: WrittenFile): Promise<void> {
    const path = file.path.replace(/(\w)\.csv$/, '$1x.csv')
    await rename(join(this.folder, file.path), join(this.folder, path))
    file.path = path
    this.#byPath.set(path, file)
  }

  async pack(file: WrittenFile): Promise<void> {
    const path = join(this.folder, file.path)
    await writeFile(`${path}.gz.part`, gzipSync(await readFile(path)))
    await rename(`${path}.gz.part`, `${path}.gz`)
    await rm(path)
    file.isPacked = true
  }

  /** Its lines leave for good. */
  async remove(file: WrittenFile): Promise<void> {
    await rm(join(this.folder, `${file.path}${file.isPacked ? '.gz' : ''}`))
    this.#files.splice(this.#files.indexOf(file), 1)
  }

  /** How far a reader that has read all whole lines is in each file: bytes of lines, by path. */
  lengths(): Map<string, number> {
    const lengths = new Map<string, number>()
    for (const { path, text, written, ends } of this.#files) {
      const lines = text.subarray(0, written).filter((byte) => byte === 10).length
      const end = ends[lines - 1]
      if (end !== undefined) lengths.set(path, end)
    }
    return lengths
  }

  /** The rows of the lines up to these places. */
  rowsTo(places: Places): Logs {
    const logs = Object.fromEntries(
      DATASETS.map((dataset) => [dataset, { impressions: [], clicks: [], conversions: [] }]),
    ) as unknown as Record<Dataset, Record<(typeof TABLES)[number], LiveRow[]>>
    for (const [path, { linesBytes }] of places) {
      const known = this.#byPath.get(path)
      const last = known?.ends.indexOf(linesBytes) ?? -1
      if (known === undefined || last < 0) throw new Error(`no line ends at ${linesBytes}: ${path}`)
      const { dataset, table, lines } = known.file
      for (const { row } of lines.slice(0, last + 1))
        if (row !== null) logs[dataset][table].push(row)
    }
    return logs as unknown as Record<
      Dataset,
      { impressions: Impression[]; clicks: Click[]; conversions: Conversion[] }
    >
  }
}

function describeText({ lines, lineEnd }: LiveFile): Pick<WrittenFile, 'text' | 'ends'> {
  let end = 0
  const ends = lines.map(({ text }) => {
    end += text.length + 1
    return end
  })
  return { text: Buffer.from(lines.map(({ text }) => text + lineEnd).join('')), ends }
}
