import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { FORMAT_VERSION } from '../../contract/schema.ts'
import type { InspectedFile } from '../input/intake.ts'
import type { Rename } from '../input/renames.ts'
import { SCAN_VERSION } from '../input/scan/version.ts'
import { readSql } from '../rank/models.ts'

/** A new check runs on logs that have not changed, so checks are part of the id. */
const SQL_FOLDERS = ['staging', 'marts', 'publish', 'checks'] as const

/** Hexadecimal digits of a build id: enough for a name, and the manifest has the full hashes. */
const ID_LENGTH = 16

/**
 * Names a build by what it is made of: the same inputs, SQL, seed and versions always give the same id.
 *
 * Neither the names nor the order of the files have a part in it, nor do duplicate files.
 */
export async function buildIdOf(
  files: readonly InspectedFile[],
  { seed, renames }: { seed: number; renames: readonly Rename[] },
): Promise<string> {
  const inputs = files
    .filter(({ status }) => status !== 'duplicate')
    .map(({ source, inspection }) => `${source.dataset} ${source.table} ${inspection.sha256}`)
  const hash = createHash('sha256')
  hash.update(JSON.stringify({ FORMAT_VERSION, SCAN_VERSION, seed }))
  const renamed = renames.map(({ table, from, to }) => `\n${table}.${from}=${to}`)
  for (const line of renamed.sort()) hash.update(line)
  for (const line of [...new Set(inputs)].sort()) hash.update(`\n${line}`)
  for (const text of await readAllSql()) hash.update(`\n${text}`)
  return hash.digest('hex').slice(0, ID_LENGTH)
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
