/** Writes the tables of columns in the docs anew: `npx tsx scripts/column-tables.ts`. */
import { readFile, writeFile } from 'node:fs/promises'
import { PAGES_WITH_COLUMNS, putColumnTables } from './lib/column-tables.ts'

for (const page of PAGES_WITH_COLUMNS) {
  const path = new URL(`../${page}`, import.meta.url)
  await writeFile(path, putColumnTables(await readFile(path, 'utf8')))
}
