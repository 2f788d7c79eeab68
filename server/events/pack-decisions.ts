/**
 * Makes the decisions of a day that is over Parquet: `decisions-<day>.csv`, which can be appended to, becomes
 * `decisions-<day>.parquet`.
 */
import { open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ignoreMissing } from '../../contract/segments/files.ts'
import { syncFolder } from '../../contract/sync.ts'
import { type ParquetColumns, ParquetWriter } from '../parquet/write-file.ts'
import { readParts } from './lines.ts'

const COLUMNS: ParquetColumns = {
  ...{ event: 'varchar', dataset: 'smallint', campaign_id: 'bigint', banner_id: 'bigint' },
  ...{ probability: 'double', decided_at: 'bigint' },
}
const NAME = /^decisions-(\d{4}-\d{2}-\d{2})\.csv$/
/** What a server writes; a line that is none is left out, as by who reads the CSV. */
const LINE = /^(\w+:\d+),([1-4]),(\d{1,16}),(\d{1,16}),(\d(?:\.\d+)?(?:e-\d+)?),(\d{1,16})$/
/** Rows of a row group: 6 MB before they are packed. */
const GROUP_ROWS = 65_536

/**
 * Packs the days before `today`. A kill in between leaves the CSV, or both files: the next call ends it, and a reader that
 * goes by `event` counts no line twice.
 *
 * @param stop - Gives up between two row groups, and leaves the CSV.
 * @throws {NodeJS.ErrnoException} If the file system refuses.
 */
export async function packDecisions(
  folder: string,
  today: string,
  stop: AbortSignal,
): Promise<void> {
  const names = await readdir(folder)
  for (const name of names.sort()) {
    const day = NAME.exec(name)?.[1]
    if (day === undefined || day >= today) continue
    if (!(await packDay(folder, day, stop))) return
  }
}

/** Tells whether it went to the end. */
async function packDay(folder: string, day: string, stop: AbortSignal): Promise<boolean> {
  const csv = join(folder, `decisions-${day}.csv`)
  const target = await findTarget(folder, day)
  if (target !== null) {
    const hidden = join(folder, `.decisions-${day}.parquet`)
    const rows = await writeParquet(csv, hidden, stop)
    if (rows === null) {
      await rm(hidden, { force: true })
      return false
    }
    if (rows > 0) await rename(hidden, target)
    else await rm(hidden)
    await syncFolder(folder)
  }
  await rm(csv)
  return true
}

/** Null: the CSV is packed already. A clock that was set back may have begun another CSV of the day. */
async function findTarget(folder: string, day: string): Promise<string | null> {
  const { mtimeMs } = await stat(join(folder, `decisions-${day}.csv`))
  for (let n = 1; ; n++) {
    const path = join(folder, `decisions-${day}${n === 1 ? '' : `-${n}`}.parquet`)
    const found = await stat(path).catch(ignoreMissing)
    if (found === null) return path
    if (found.mtimeMs >= mtimeMs) return null
  }
}

/** On disk when it returns; null: it was told to stop. */
async function writeParquet(csv: string, path: string, stop: AbortSignal): Promise<number | null> {
  const file = await open(path, 'w')
  try {
    const writer = new ParquetWriter(file, COLUMNS)
    let columns = Object.keys(COLUMNS).map((): string[] => [])
    let rows = 0
    const flush = async () => {
      const full = columns
      columns = full.map(() => [])
      rows += full[0]?.length ?? 0
      await writer.add(full)
    }
    for await (const lines of readParts(csv)) {
      for (const line of lines) {
        const [, ...values] = LINE.exec(line) ?? []
        for (const [place, value] of values.entries()) columns[place]?.push(value)
      }
      if ((columns[0]?.length ?? 0) >= GROUP_ROWS) await flush()
      if (stop.aborted) return null
    }
    if ((columns[0]?.length ?? 0) > 0) await flush()
    if (rows > 0) await writer.end()
    await file.sync()
    return rows
  } finally {
    await file.close()
  }
}
