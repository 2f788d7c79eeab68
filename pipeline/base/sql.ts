import { readFile } from 'node:fs/promises'

/** Where the selects are. */
const SQL_FOLDER = new URL('../../sql/', import.meta.url)

/** Gives the place of `sql/<folder>/<name>.sql`. */
export function locateSql(folder: string, name: string): URL {
  return new URL(`${folder}/${name}.sql`, SQL_FOLDER)
}

/** Reads `sql/<folder>/<name>.sql`. */
export function readSql(folder: string, name: string): Promise<string> {
  return readFile(locateSql(folder, name), 'utf8')
}
