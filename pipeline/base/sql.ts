import { readFile } from 'node:fs/promises'

/** Where the selects are. */
const SQL_FOLDER = new URL('../../sql/', import.meta.url)

/** Gives the place of `sql/<folder>/<name>.sql`. */
export function locateSql(folder: string, name: string): URL {
  return new URL(`${folder}/${name}.sql`, SQL_FOLDER)
}

const texts = new Map<string, Promise<string>>()

/** Reads `sql/<folder>/<name>.sql`, once. */
export function readSql(folder: string, name: string): Promise<string> {
  const place = locateSql(folder, name)
  const text = texts.get(place.href) ?? readFile(place, 'utf8')
  texts.set(place.href, text)
  return text
}
