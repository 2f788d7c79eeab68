import { dirname, join } from 'node:path'
import {
  type CheckResult,
  createCheckTables,
  findCampaignChecks,
  runCheck,
  runChecks,
} from '../checks/run.ts'
import { readIfIntact } from '../publish/builds.ts'
import { withPublished } from '../publish/published.ts'
import { type PublishedState, readState, withState } from './state.ts'

/** The document of `pools check --json`. */
export interface CheckReport {
  /** `<build>`, or `<build>+<n>` with change n of a follower on top of it. */
  readonly build_id: string
  /** No check of severity `error` found anything. */
  readonly passed: boolean
  readonly checks: readonly CheckResult[]
}

/**
 * Runs the data checks on what is published: all of them on the build; and where a follower published changes on top of it,
 * those that need no log on the state that these led to.
 *
 * @param artifacts - An artifacts folder or the folder of one build.
 * @throws {ArtifactError} If a file is missing or differs from the manifest, or a change does not follow the one before it.
 */
export async function checkBuild(artifacts: string): Promise<CheckReport> {
  const state = await readState(artifacts)
  const { folder, manifest, stateId } = state
  const { inputs, measures, previous_build_id } = manifest
  const out = join(dirname(folder), '..')
  const previous = previous_build_id === null ? null : await readIfIntact(out, previous_build_id)
  const built = await withPublished({ folder, manifest }, async (connection) => {
    await createCheckTables(connection, { inputs, measures, previous })
    return runChecks(connection)
  })
  const changed = state.changes.length === 0 ? [] : await checkState(state)
  const checks = built.map((check) => changed.find(matchFailure(check)) ?? check)
  const passed = checks.every((check) => check.passed || check.severity === 'warn')
  return { build_id: stateId, passed, checks }
}

function checkState(state: PublishedState): Promise<CheckResult[]> {
  return withState(state, async (connection) => {
    await createCheckTables(connection, { inputs: [], measures: {}, previous: null })
    const results: CheckResult[] = []
    for (const check of await findCampaignChecks()) results.push(await runCheck(connection, check))
    return results
  })
}

/** A check that fails on the build is told of the build, which has no changes in it. */
function matchFailure(check: CheckResult): (changed: CheckResult) => boolean {
  return ({ name, passed }) => check.passed && !passed && name === check.name
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
