import { dirname, join } from 'node:path'
import { readManifest, resolveBuildFolder } from '../../contract/read.ts'
import { type CheckResult, createCheckTables, runChecks } from '../checks/run.ts'
import { readIfWhole } from '../publish/builds.ts'
import { withPublished } from '../publish/published.ts'

/** The document of `pools check --json`. */
export interface CheckReport {
  readonly build_id: string
  /** No check of severity `error` found anything. */
  readonly passed: boolean
  readonly checks: readonly CheckResult[]
}

/**
 * Runs the data checks on a published build.
 *
 * @param artifacts - An artifacts folder or the folder of one build.
 * @throws {ArtifactError} If a file is missing or differs from the manifest.
 */
export async function checkBuild(artifacts: string): Promise<CheckReport> {
  const folder = await resolveBuildFolder(artifacts)
  const manifest = await readManifest(folder)
  const { inputs, measures, previous_build_id } = manifest
  const out = join(dirname(folder), '..')
  const previous = previous_build_id === null ? null : await readIfWhole(out, previous_build_id)
  const checks = await withPublished({ folder, manifest }, async (connection) => {
    await createCheckTables(connection, { inputs, measures, previous })
    return runChecks(connection)
  })
  const passed = checks.every((check) => check.passed || check.severity === 'warn')
  return { build_id: manifest.build_id, passed, checks }
}

/** Words a report for people, a line a check. */
export function describeReport({ build_id, checks }: CheckReport): string[] {
  const lines = checks.map(({ name, passed, severity, failing_rows, sentence, example }) =>
    passed
      ? `ok     ${name}`
      : `${severity.padEnd(5)}  ${name}: ${failing_rows} rows, first ${example}; ${sentence}`,
  )
  const count = (level: string) =>
    checks.filter(({ passed, severity }) => !passed && severity === level).length
  return [
    ...lines,
    `build ${build_id}: ${checks.length} checks, ${count('error')} errors, ${count('warn')} warnings`,
  ]
}
