/** The files of a build: what is in them and how they are written. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { digestFile } from '../../contract/digest.ts'
import { formatManifest } from '../../contract/manifest.ts'
import {
  BANNER_STATS_FILE,
  BANNERS_FILE,
  CAMPAIGN_BANNERS_FILE,
  EVALUATION_FILE,
  EVALUATION_PAGE_FILE,
  EVALUATION_SUMMARY_FILE,
  MANIFEST_FILE,
  type Manifest,
  type ManifestOutput,
  POOLS_FILE,
  REJECTS_FILE,
  REPORT_FILE,
} from '../../contract/schema.ts'
import { quotedString } from '../base/database.ts'
import { readSql } from '../base/sql.ts'

/** The Parquet files, each the result of `sql/publish/<name>.sql` over the table of that name. */
export const OUTPUTS = [
  { name: 'pools', file: POOLS_FILE },
  { name: 'banner_stats', file: BANNER_STATS_FILE },
  { name: 'rejects', file: REJECTS_FILE },
] as const

/** The Parquet files of lists, made likewise; a build has those whose list the input has. */
export const LIST_OUTPUTS = [
  { name: 'banners', file: BANNERS_FILE },
  { name: 'campaign_banners', file: CAMPAIGN_BANNERS_FILE },
] as const

/** The files that every build has in its folder. */
export const BUILD_FILES: readonly string[] = [
  ...OUTPUTS.map(({ file }) => file),
  REPORT_FILE,
  MANIFEST_FILE,
]

/** Files that a build may have beside those. */
export const OPTIONAL_FILES: readonly string[] = [
  ...LIST_OUTPUTS.map(({ file }) => file),
  // Its manifest does not list these.
  EVALUATION_FILE,
  EVALUATION_PAGE_FILE,
  EVALUATION_SUMMARY_FILE,
]

/** Writes the Parquet files into a folder, and measures them for the manifest. */
export async function writeOutputs(
  connection: DuckDBConnection,
  folder: string,
  { inputs }: Pick<Manifest, 'inputs'>,
): Promise<ManifestOutput[]> {
  const outputs: ManifestOutput[] = []
  const lists = LIST_OUTPUTS.filter(({ name }) => inputs.some(({ table }) => table === name))
  for (const { name, file } of [...OUTPUTS, ...lists]) {
    const path = join(folder, file)
    const select = await readSql('publish', name)
    const { rowsChanged } = await connection.run(
      `copy (${select}\n) to ${quotedString(path)} (format parquet, compression zstd)`,
    )
    outputs.push({ file, ...(await digestFile(path)), rows: rowsChanged })
  }
  return outputs
}

/** Writes the manifest into the folder of its build. */
export function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  return writeFile(join(folder, MANIFEST_FILE), formatManifest(manifest))
}
