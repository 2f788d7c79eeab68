/** What the command line plugs into a build: the core imports none of it, and it is loaded only where it is used. */
import { SILENT } from '../base/progress.ts'
import type { BuildOptions, EvaluateTables, RecordBuild, WriteReport } from '../build/options.ts'
import type { RecordOptions } from '../history/record.ts'
import { DUCKDB_RANKER } from '../rank/duckdb/ranker.ts'

/** Loads what writes the report, with what the history says of earlier builds. */
export async function loadReport(): Promise<WriteReport> {
  const { writeReport } = await import('../report/report.ts')
  const { readPastBuilds } = await import('../history/past.ts')
  return async (connection, { out, ...options }) => {
    return writeReport(connection, { ...options, past: await readPastBuilds(connection, out) })
  }
}

/** Evaluates the tables of a build, and writes the result into its folder. */
export const addEvaluation: EvaluateTables = async (connection, options) => {
  const evaluate = await import('../evaluate/add.ts')
  const { renderEvaluation: renderPage } = await import('../report/evaluation-page.ts')
  return evaluate.addEvaluation(connection, { ...options, renderPage })
}

/** Makes what records builds in the history. */
export function createRecorder(
  options: Omit<RecordOptions, 'out' | 'buildId'>,
): RecordBuild | null {
  if (options.historyDays === 0) return null
  return async (build, progress) => {
    const { recordBuild } = await import('../history/record.ts')
    await recordBuild({ ...options, ...build }, progress)
  }
}

/** A build without any flag: all but the two folders. */
export const BUILD_DEFAULTS: Omit<BuildOptions, 'input' | 'out'> = {
  seed: 0,
  renames: [],
  force: false,
  scanned: null,
  allowMissing: false,
  keepEqualFiles: false,
  followLinks: false,
  window: null,
  lengths: null,
  maxRejectShare: 0.05,
  keep: 5,
  threads: 2,
  memoryLimit: '4GB',
  now: () => new Date(),
  progress: SILENT,
  ranker: DUCKDB_RANKER,
  loadReport,
  evaluate: null,
  record: null,
}
