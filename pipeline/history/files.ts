/** The files of the history: written under a hidden name, named by their content, listed in one rename. */
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { digestFile } from '../../contract/digest.ts'
import {
  DAMAGED_FOLDER,
  formatHistory,
  HISTORY_FILE,
  HISTORY_FOLDER,
  type History,
  type HistoryFile,
  type HistoryKind,
} from '../../contract/history.ts'
import { syncFolder, syncToDisk } from '../../contract/sync.ts'
import { literalPath, quotedIdentifier, quotedString } from '../base/database.ts'

/** Rows: a page that asks for one campaign reads one or two groups of each file. */
const GROUP_ROWS = 20_480

/** Digits of the content's hash in a name. */
const HASH_DIGITS = 16

/** Writes a table into a file of the history. */
export async function writeHistoryFile(
  connection: DuckDBConnection,
  out: string,
  { kind, period, table }: { kind: HistoryKind; period: string; table: string },
): Promise<HistoryFile> {
  const folder = join(out, HISTORY_FOLDER)
  await mkdir(folder, { recursive: true })
  const hidden = join(folder, `.new-${kind}_${period}.parquet`)
  const { rowsChanged } = await connection.run(
    `copy ${quotedIdentifier(table)} to ${quotedString(hidden)} (format parquet, compression zstd, row_group_size ${GROUP_ROWS})`,
  )
  const digest = await digestFile(hidden)
  const file = `${kind}_${period}_${digest.sha256.slice(0, HASH_DIGITS)}.parquet`
  await syncToDisk(hidden)
  await rename(hidden, join(folder, file))
  return { kind, period, listed: { file, ...digest, rows: rowsChanged } }
}

/** Makes a view over files of the history, of which there is at least one. */
export async function createHistoryView(
  connection: DuckDBConnection,
  out: string,
  { name, files }: { name: string; files: readonly HistoryFile[] },
): Promise<void> {
  const paths = files.map(({ listed }) =>
    quotedString(literalPath(join(out, HISTORY_FOLDER, listed.file))),
  )
  await connection.run(
    `create or replace view ${quotedIdentifier(name)} as select * from read_parquet([${paths.join(', ')}])`,
  )
}

/** Replaces the list of files in one step, and removes the files that it does not name. */
export async function publishHistory(out: string, history: History): Promise<void> {
  const folder = join(out, HISTORY_FOLDER)
  const hidden = join(folder, `.new-${HISTORY_FILE}`)
  await writeFile(hidden, formatHistory(history))
  await syncToDisk(hidden)
  await rename(hidden, join(folder, HISTORY_FILE))
  await syncFolder(folder)
  const named = new Set([HISTORY_FILE, DAMAGED_FOLDER, ...history.files.map(({ file }) => file)])
  const doomed = (await readdir(folder)).filter((name) => !named.has(name))
  for (const name of doomed) await rm(join(folder, name), { force: true, recursive: true })
}
