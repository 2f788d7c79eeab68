/**
 * Opens the history for writing on. What is damaged is put aside and named, so that one bad file costs what it held and no
 * more; what cannot be read just now (no rights, a failing disk) is no damage, and stops.
 */
import { mkdir, readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { digestFile } from '../../contract/digest.ts'
import {
  DAMAGED_FOLDER,
  EMPTY_HISTORY,
  HISTORY_FILE,
  HISTORY_FOLDER,
  type History,
  listHistoryFiles,
  parseHistory,
  parseHistoryName,
  readHistoryText,
} from '../../contract/history.ts'
import { ArtifactError, verifyFile } from '../../contract/read.ts'
import type { ManifestOutput } from '../../contract/schema.ts'
import { literalPath, quotedString, readRows } from '../base/database.ts'
import type { Progress } from '../base/progress.ts'

const DAY_LENGTH = '2026-11-30'.length

/** What is opened. */
export interface OpenOptions {
  /** Artifacts folder. */
  readonly out: string
  /** When the build that is recorded was made: ISO 8601, UTC. */
  readonly at: string
}

/**
 * Opens the history; an empty one, if there is none.
 *
 * @returns With the losses that were found now.
 * @throws {ArtifactError} If a file is there and cannot be read.
 */
export async function openHistory(
  connection: DuckDBConnection,
  { out, at }: OpenOptions,
  progress: Progress,
): Promise<History> {
  const history = (await readList(out)) ?? (await listAnew(connection, { out, at }, progress))
  const lost: string[] = []
  for (const { file } of chooseFiles(history, at.slice(0, DAY_LENGTH))) {
    if (!(await isIntact(out, history, file))) lost.push(file)
  }
  if (lost.length === 0) return history
  for (const file of lost) await putAside(out, file)
  progress.warn(
    `of the history ${lost.join(', ')} ${lost.length === 1 ? 'is' : 'are'} damaged or gone: what was in there is lost, the rest stays; see ${HISTORY_FOLDER}/${DAMAGED_FOLDER}`,
  )
  return {
    ...history,
    files: history.files.filter(({ file }) => !lost.includes(file)),
    losses: [...history.losses, ...lost.map((file) => ({ file, found_at: at }))],
  }
}

/** Reads `history.json`; null: it is damaged or not there. */
async function readList(out: string): Promise<History | null> {
  try {
    return parseHistory(await readHistoryText(out))
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

/** Files name their content, so a list that is lost can be made of the files beside it. */
async function listAnew(
  connection: DuckDBConnection,
  { out, at }: OpenOptions,
  progress: Progress,
): Promise<History> {
  const folder = join(out, HISTORY_FOLDER)
  const names = await readdir(folder).catch((error): string[] => {
    if (isMissing(error)) return []
    throw error
  })
  const found = names.filter((name) => parseHistoryName(name) !== null).sort()
  if (found.length === 0 && !names.includes(HISTORY_FILE)) return EMPTY_HISTORY
  const files = new Map<string, ManifestOutput>()
  for (const file of found) {
    const { kind, period, hash } = parseHistoryName(file) ?? { kind: '', period: '', hash: '' }
    const digest = await digestFile(join(folder, file))
    const isNamed = digest.sha256.startsWith(hash)
    // Where two of one day are there, a build ended between them; either is better than none.
    if (!isNamed) await putAside(out, file)
    else
      files.set(`${kind} ${period}`, {
        file,
        ...digest,
        rows: await countIn(connection, folder, file),
      })
  }
  progress.warn(
    `${HISTORY_FOLDER}/${HISTORY_FILE} is damaged or gone: it is made anew of the ${files.size} intact files beside it`,
  )
  const losses = [{ file: HISTORY_FILE, found_at: at }]
  return { ...EMPTY_HISTORY, files: [...files.values()], losses }
}

async function countIn(
  connection: DuckDBConnection,
  folder: string,
  file: string,
): Promise<number> {
  const path = quotedString(literalPath(join(folder, file)))
  const [row] = await readRows<{ rows: number }>(
    connection,
    `select count(*) as rows from read_parquet(${path})`,
  )
  return row?.rows ?? 0
}

/** Those that will be read: with the first build of a day all days of the month, which may be joined now. */
function chooseFiles(history: History, day: string): ManifestOutput[] {
  const days = listHistoryFiles(history, 'campaigns').filter(
    ({ period }) => period.length === DAY_LENGTH,
  )
  const last = days.at(-1)
  const chosen = [
    ...listHistoryFiles(history, 'builds'),
    ...listHistoryFiles(history, 'known'),
    ...listHistoryFiles(history, 'banners').slice(-1),
    ...(last?.period === day ? [last] : days),
  ]
  return chosen.map(({ listed }) => listed)
}

/**
 * Tells whether a file of the history is what `history.json` says.
 *
 * @throws {ArtifactError} If it is there and cannot be read just now.
 */
export async function isIntact(out: string, { files }: History, file: string): Promise<boolean> {
  try {
    await verifyFile(join(out, HISTORY_FOLDER), { outputs: files }, file)
    return true
  } catch (error) {
    if (!(error instanceof ArtifactError) || error.fault === 'unreadable') throw error
    return false
  }
}

async function putAside(out: string, file: string): Promise<void> {
  const folder = join(out, HISTORY_FOLDER)
  await mkdir(join(folder, DAMAGED_FOLDER), { recursive: true })
  await rename(join(folder, file), join(folder, DAMAGED_FOLDER, file)).catch((error) => {
    if (!isMissing(error)) throw error
  })
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
