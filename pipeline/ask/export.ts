/** What is published as CSV or JSON, for programs that read no Parquet. */

import { rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { makeFolders } from '../../contract/folders.ts'
import { formatCount } from '../../contract/format-count.ts'
import { countRows, quotedIdentifier, quotedString } from '../base/database.ts'
import { withFileErrors } from '../base/errors.ts'
import { LIST_OUTPUTS, OUTPUTS } from '../publish/outputs.ts'
import { type PublishedState, readState, withState } from './state.ts'

/** How rows are written: with a header line, as one array, or an object a line. */
export type ExportFormat = 'csv' | 'json' | 'jsonl'

/** All tables, in the order of the manifest; a list is there where the input has it. */
const TABLES = [...OUTPUTS, ...LIST_OUTPUTS]

/** The document of `pools export --json`. */
export interface ExportSummary {
  readonly build_id: string
  readonly folder: string
  readonly files: readonly {
    readonly file: string
    readonly rows: number
    readonly bytes: number
  }[]
}

/** What is exported, and where to. */
export interface ExportOptions {
  readonly artifacts: string
  readonly out: string
  readonly format: ExportFormat
  /** Names of tables; empty: all that there are. */
  readonly tables: readonly string[]
}

const COPY_OPTIONS: Readonly<Record<ExportFormat, string>> = {
  csv: 'format csv, header true',
  json: 'format json, array true',
  jsonl: 'format json, array false',
}

/**
 * Writes what is published now, changes of a follower included, a file a table. Each file is there whole or not at all.
 *
 * @throws {ArtifactError} If a file of the build is not what its manifest says.
 * @throws {PipelineError} If the folder cannot be written.
 */
export async function exportTables(options: ExportOptions): Promise<ExportSummary> {
  const { artifacts, out } = options
  const state = await readState(artifacts)
  return withFileErrors(`output folder cannot be written, see --out: ${out}`, async () => {
    await makeFolders(out)
    const files = await withState(state, async (connection) => {
      const written: ExportSummary['files'][number][] = []
      for (const table of chooseTables(state, options)) {
        written.push(await exportTable(connection, table, options))
      }
      return written
    })
    return { build_id: state.stateId, folder: out, files }
  })
}

/** Without a name: those of which the build has a file. */
function chooseTables({ manifest }: PublishedState, { tables }: ExportOptions): string[] {
  const isThere = (file: string) => manifest.outputs.some((output) => output.file === file)
  const chosen = TABLES.filter(({ name, file }) =>
    tables.length === 0 ? isThere(file) : tables.includes(name),
  )
  return chosen.map(({ name }) => name)
}

async function exportTable(
  connection: DuckDBConnection,
  table: string,
  { out, format }: ExportOptions,
): Promise<ExportSummary['files'][number]> {
  const file = `${table}.${format}`
  const hidden = join(out, `.new-${file}`)
  try {
    // A view of changes has no order of its own.
    await connection.run(
      `copy (select * from ${quotedIdentifier(table)} order by all) to ${quotedString(hidden)} (${COPY_OPTIONS[format]})`,
    )
    await rename(hidden, join(out, file))
  } finally {
    await rm(hidden, { force: true })
  }
  const { size } = await stat(join(out, file))
  return { file, rows: await countRows(connection, table), bytes: size }
}

/** Words what was written, a line a file. */
export function describeExport({ build_id, folder, files }: ExportSummary): string[] {
  return [
    `build ${build_id} in ${folder}`,
    ...files.map(({ file, rows }) => `${file.padEnd(24)}  ${formatCount(rows)} rows`),
  ]
}
