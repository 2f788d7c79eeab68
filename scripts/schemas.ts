/** Writes schemas/<command>.schema.json: `npx tsx scripts/schemas.ts`. */
import { mkdir, writeFile } from 'node:fs/promises'
import { formatSchema, OUTPUT_SCHEMAS, schemaFileOf } from './output-schemas.ts'

const FOLDER = new URL('../schemas/', import.meta.url)

await mkdir(FOLDER, { recursive: true })
for (const [command, schema] of Object.entries(OUTPUT_SCHEMAS)) {
  await writeFile(new URL(schemaFileOf(command), FOLDER), formatSchema(command, schema))
}
