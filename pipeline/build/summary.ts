import type { DuckDBConnection } from '@duckdb/node-api'
import { formatCount } from '../../contract/format-count.ts'
import { verifyFile } from '../../contract/read.ts'
import {
  type ManifestSummary,
  POOLS_FILE,
  type PoolsByRule,
  type RejectsByReason,
  type RuleName,
} from '../../contract/schema.ts'
import { readRows } from '../base/database.ts'
import { readSql } from '../base/sql.ts'
import type { Build } from '../publish/builds.ts'
import { withPublished } from '../publish/published.ts'
import type { PoolSizes } from '../rank/ranker.ts'

/** What a build came to; the document of `pools build --json`. */
export interface BuildSummary {
  /** `current`: there was nothing to do. */
  readonly status: 'built' | 'current'
  readonly build_id: string
  /** The folder of the build. */
  readonly folder: string
  readonly files: number
  readonly duplicate_files: number
  readonly rows: number
  readonly accepted: number
  readonly rejected: number
  readonly duplicates: number
  readonly rounded: number
  readonly pools: number
  readonly pools_by_rule: readonly PoolsByRule[]
  readonly rejects_by_reason: readonly RejectsByReason[]
  /** Names of the checks of severity `warn` that found something. */
  readonly warnings: readonly string[]
  /** What a person should look at in the input, in a sentence each: first about no single file, then by file. */
  readonly input_warnings: readonly string[]
}

/** What is known of a build beside what is published. */
export interface BuildOutcome {
  readonly status: BuildSummary['status']
  /** About the input as it is now: a file that is not read does not make another build. */
  readonly warnings: readonly string[]
}

/**
 * Counts what a summary tells beside the manifest's own numbers.
 *
 * @param connection - Has `banner_stats`, `rejects` and `rules`.
 */
export async function countForSummary(connection: DuckDBConnection): Promise<ManifestSummary> {
  const read = async <T extends object>(name: string) =>
    readRows<T>(connection, await readSql('report', name))
  return {
    pools_by_rule: await read<PoolsByRule>('pools_by_rule'),
    rejects_by_reason: await read<RejectsByReason>('rejects_by_reason'),
  }
}

/**
 * Sums up a published build.
 *
 * @throws {ArtifactError} If a file of a build that was current already is not what its manifest says.
 */
export async function summariseBuild(
  build: Build,
  { status, warnings }: BuildOutcome,
): Promise<BuildSummary> {
  const { folder, manifest } = build
  const { inputs } = manifest
  const sum = (count: 'rows' | 'accepted' | 'rejected' | 'duplicates' | 'rounded') =>
    inputs.reduce((total, input) => total + input[count], 0)
  const summary = await findSummary(build, status)
  const { pools_by_rule } = summary
  return {
    status,
    build_id: manifest.build_id,
    folder,
    files: inputs.length,
    duplicate_files: inputs.filter((input) => input.status === 'duplicate').length,
    rows: sum('rows'),
    accepted: sum('accepted'),
    rejected: sum('rejected'),
    duplicates: sum('duplicates'),
    rounded: sum('rounded'),
    pools: pools_by_rule.reduce((total, { pool_count }) => total + pool_count, 0),
    ...summary,
    warnings: manifest.checks.filter(({ passed }) => !passed).map(({ name }) => name),
    input_warnings: [
      ...warnings,
      ...inputs.flatMap((input) => input.warnings.map((text) => `${input.path}: ${text}`)),
    ],
  }
}

/** A build of an earlier program has no counts in its manifest: they are counted anew. */
async function findSummary(build: Build, status: BuildSummary['status']): Promise<ManifestSummary> {
  const { folder, manifest } = build
  const { summary, outputs } = manifest
  if (summary === null) return withPublished(build, countForSummary)
  // What was written just now was measured then.
  if (status === 'current') for (const { file } of outputs) await verifyFile(folder, manifest, file)
  return summary
}

/** Says what each rule takes, in the order of the rules. */
export function describeRules({ top, fill }: PoolSizes): Readonly<Record<RuleName, string>> {
  return {
    top_revenue: `top ${top} by revenue`,
    all_converted: `all ${fill} to ${top - 1} converted`,
    converted_then_clicks: `1 to ${fill - 1} converted, then by clicks`,
    top_clicks: `top ${fill} by clicks`,
  }
}

/** Words a summary for people, in lines. */
export function describeSummary(summary: BuildSummary, sizes: PoolSizes): string[] {
  const { files, rows, accepted, rejected, duplicates, duplicate_files } = summary
  const verb = summary.status === 'current' ? 'is current already, nothing to do' : 'is current now'
  return [
    `build ${summary.build_id} ${verb}`,
    `files     ${formatCount(files)}, ${formatCount(duplicate_files)} of them duplicates`,
    `rows      ${formatCount(rows)}: ${formatCount(accepted)} accepted, ${formatCount(rejected)} rejected, ${formatCount(duplicates)} duplicates`,
    ...describeRejects(summary.rejects_by_reason),
    ...describeWarnings(summary.input_warnings),
    `pools     ${formatCount(summary.pools)}`,
    ...describePools(summary.pools_by_rule, sizes),
    `artifact  ${summary.folder}/${POOLS_FILE}`,
  ]
}

/** So many warnings are shown; all are in the manifest. */
const SHOWN_WARNINGS = 8

function describeWarnings(warnings: readonly string[]): string[] {
  const shown = warnings.slice(0, SHOWN_WARNINGS).map((text) => `warning   ${text}`)
  const rest = warnings.length - shown.length
  return rest > 0
    ? [...shown, `          ${formatCount(rest)} more warnings in manifest.json`]
    : shown
}

function describeRejects(rejects: readonly RejectsByReason[]): string[] {
  // More reasons are in rejects.parquet; these tell where to look first.
  return rejects.slice(0, 5).map(({ table, reason, reject_count, file, line, text }) => {
    const example = JSON.stringify(text.slice(0, 60))
    return `          ${formatCount(reject_count)} ${table} ${reason}, first ${file}:${line} ${example}`
  })
}

function describePools(rows: readonly PoolsByRule[], sizes: PoolSizes): string[] {
  return Object.entries(describeRules(sizes)).flatMap(([rule, taken]) => {
    const own = rows.filter((row) => row.rule === rule)
    if (own.length === 0) return []
    const total = (count: 'pool_count' | 'filled_count' | 'short_count') =>
      own.reduce((sum, row) => sum + row[count], 0)
    const filled = total('filled_count')
    const short = total('short_count')
    const notes = [
      ...(filled > 0 ? [`${formatCount(filled)} filled at random`] : []),
      ...(short > 0 ? [`${formatCount(short)} short of ${sizes.fill}`] : []),
    ]
    const note = notes.length === 0 ? '' : ` (${notes.join(', ')})`
    return [`          ${formatCount(total('pool_count'))} ${taken}${note}`]
  })
}
