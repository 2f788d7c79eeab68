/** `report.html`: a build for people who would rather look than read. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { digestBytes } from '../../contract/digest.ts'
import type { Evaluation } from '../../contract/evaluation.ts'
import { type Manifest, type ManifestOutput, REPORT_FILE } from '../../contract/schema.ts'
import type { PastBuild } from '../history/past.ts'
import type { Build } from '../publish/builds.ts'
import { readReportData } from './data.ts'
import { renderReport } from './page.ts'

/** What the report is about, and where it goes. */
export interface ReportOptions {
  /** Where it is written. */
  readonly folder: string
  readonly manifest: Omit<Manifest, 'outputs'>
  /** The build to compare with, whole; null if there is none. */
  readonly previous: Build | null
  /** Of the history, the oldest first. */
  readonly past: readonly PastBuild[]
  /** Null if the build was not evaluated. */
  readonly evaluation: Evaluation | null
}

/**
 * Writes the report of a build, and measures it for the manifest. The same manifest, tables and history give the same bytes.
 *
 * @param connection - Has `banner_stats`, `rejects` and `rules`.
 */
export async function writeReport(
  connection: DuckDBConnection,
  { folder, manifest, previous, past, evaluation }: ReportOptions,
): Promise<ManifestOutput> {
  const data = await readReportData(connection, { summary: manifest.summary, previous })
  const page = Buffer.from(renderReport(manifest, data, { past, evaluation }))
  await writeFile(join(folder, REPORT_FILE), page)
  return { file: REPORT_FILE, ...digestBytes(page), rows: 0 }
}
