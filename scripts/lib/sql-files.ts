import { readdir } from 'node:fs/promises'
import { readSql } from '../../pipeline/base/sql.ts'

/** A file of `sql/`. */
export interface SqlFile {
  /** As in `sql/marts/pools.sql`. */
  readonly path: string
  readonly folder: string
  /** Without `.sql`. */
  readonly name: string
  readonly sql: string
}

/** Reads the files of some folders of `sql/`, in the order of names. */
export async function readSqlFiles(...folders: string[]): Promise<SqlFile[]> {
  const lists = folders.map(async (folder) => {
    const files = await readdir(new URL(`../../sql/${folder}/`, import.meta.url))
    const names = files.filter((file) => file.endsWith('.sql')).map((file) => file.slice(0, -4))
    return Promise.all(
      names.sort().map(async (name) => {
        const path = `sql/${folder}/${name}.sql`
        return { path, folder, name, sql: await readSql(folder, name) }
      }),
    )
  })
  return (await Promise.all(lists)).flat()
}
