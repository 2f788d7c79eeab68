import { readFile } from 'node:fs/promises'

/** Where the selects are. */
const SQL_FOLDER = new URL('../../sql/', import.meta.url)

/** Reads `sql/<folder>/<name>.sql`. */
export function readSql(folder: string, name: string): Promise<string> {
  return readFile(new URL(`${folder}/${name}.sql`, SQL_FOLDER), 'utf8')
}
