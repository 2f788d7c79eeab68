import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { FORMAT_VERSION, type Manifest, type ManifestInput } from '../../contract/schema.ts'
import { readSql } from '../base/sql.ts'
import type { InspectedFile } from '../input/classify.ts'
import type { Rename } from '../input/renames.ts'
import { SCAN_VERSION } from '../input/scan/version.ts'
import type { Window } from '../input/window.ts'
import type { InspectedList } from '../lists/inspect.ts'

/** A new check runs on logs that have not changed, so checks are part of the id. */
const SQL_FOLDERS = ['staging', 'lists', 'marts', 'publish', 'checks'] as const

/** Hexadecimal digits of a build id: enough for a name, and the manifest has the full hashes. */
const ID_LENGTH = 16

/** Options that change what a build holds. */
export interface IdentityOptions {
  readonly seed: number
  readonly renames: readonly Rename[]
  readonly keepEqualFiles: boolean
  /** The days that count; null = all. */
  readonly window: Window | null
}

/** The files of an input folder, inspected. */
export interface InspectedInput {
  /** The logs. */
  readonly files: readonly InspectedFile[]
  readonly lists: readonly InspectedList[]
}

/**
 * Names a build by what it is made of: the same lines, options, SQL and versions always give the same id.
 *
 * Neither the names and the packing nor the order of the files have a part in it, nor do duplicate files.
 */
export function computeBuildId(
  { files, lists }: InspectedInput,
  options: IdentityOptions,
): Promise<string> {
  return nameBuild([...listInputs(files), ...nameLists(lists)], options)
}

/** Names a build that is there as this program would name it now: another id means other SQL, versions or options. */
export function recomputeBuildId(
  { inputs }: Pick<Manifest, 'inputs'>,
  options: IdentityOptions,
): Promise<string> {
  const lists = inputs.filter(({ dataset, status }) => dataset === null && status !== 'duplicate')
  const logs = inputs.filter(({ dataset }) => dataset !== null)
  const name = ({ dataset, table, lines_sha256 }: ManifestInput) =>
    `${dataset} ${table} ${lines_sha256}`
  const empty = logs.filter(({ status }) => status === 'empty').map(name)
  const names = [
    ...logs.filter(({ status }) => status === 'loaded').map(name),
    ...new Set(empty),
    ...lists.map(({ table, lines_sha256 }) => `${table} ${lines_sha256}`),
  ]
  return nameBuild(names, options)
}

async function nameBuild(
  inputs: readonly string[],
  { seed, renames, keepEqualFiles, window }: IdentityOptions,
): Promise<string> {
  const hash = createHash('sha256')
  hash.update(JSON.stringify({ FORMAT_VERSION, SCAN_VERSION, seed, keepEqualFiles }))
  if (window !== null) hash.update(`\nwindow ${window.days} ${window.day}`)
  const renamed = renames.map(({ table, from, to }) => `\n${table}.${from}=${to}`)
  for (const line of renamed.sort()) hash.update(line)
  for (const line of [...inputs].sort()) hash.update(`\n${line}`)
  for (const text of await readAllSql()) hash.update(`\n${text}`)
  return hash.digest('hex').slice(0, ID_LENGTH)
}

/** The lines of each file that counts, as often as it does; a second file without rows adds nothing. */
function listInputs(files: readonly InspectedFile[]): string[] {
  const list = (status: InspectedFile['status']) =>
    files
      .filter((file) => file.status === status)
      .map(
        ({ source, inspection }) => `${source.dataset} ${source.table} ${inspection.linesSha256}`,
      )
  return [...list('loaded'), ...new Set(list('empty'))]
}

function nameLists(lists: readonly InspectedList[]): string[] {
  return lists
    .filter(({ status }) => status !== 'duplicate')
    .map(({ source, inspection }) => `${source.list} ${inspection.linesSha256}`)
}

async function readAllSql(): Promise<string[]> {
  const texts: string[] = []
  for (const folder of SQL_FOLDERS) {
    const files = await readdir(new URL(`../../sql/${folder}/`, import.meta.url))
    for (const file of files.filter((name) => name.endsWith('.sql')).sort()) {
      texts.push(`${folder}/${file}\n${await readSql(folder, file.replace(/\.sql$/, ''))}`)
    }
  }
  return texts
}
