/** The builds of an artifacts folder and of its history, as `pools builds` lists them. */
import { join } from 'node:path'
import { formatCount } from '../../contract/format-count.ts'
import {
  HISTORY_FOLDER,
  listHistoryFiles,
  type MadeBy,
  readHistory,
} from '../../contract/history.ts'
import { verifyFile } from '../../contract/read.ts'
import { BANNER_STATS_FILE, type Manifest } from '../../contract/schema.ts'
import { readRows, withDatabase } from '../base/database.ts'
import { PipelineError } from '../base/errors.ts'
import { listBuilds } from '../publish/builds.ts'
import { currentBuildId } from '../publish/current.ts'
import { createHistoryView } from './files.ts'

/** A build in the list. Null: it is not known. */
export interface ListedBuild {
  readonly build_id: string
  readonly created_at: string
  /** It is what `current` leads to. */
  readonly is_current: boolean
  /** Its files are there. */
  readonly is_kept: boolean
  readonly made_by: MadeBy | null
  readonly previous_build_id: string | null
  readonly inputs: number
  readonly rows: number
  readonly accepted: number
  readonly rejected: number
  readonly duplicates: number
  readonly campaigns: number | null
  readonly pools: number | null
  readonly candidates: number | null
  /** Plain decimals with six places. */
  readonly revenue: string | null
  readonly pool_revenue: string | null
  readonly changed_pools: number | null
  readonly banners_entered: number | null
  readonly banners_left: number | null
  readonly warned_checks: number
}

type Recorded = Omit<ListedBuild, 'is_current' | 'is_kept'>

const READER = { threads: 1, memoryLimit: '1GB' }

/**
 * Lists the builds, newest first: those that are there, and those that only the history knows.
 *
 * @throws {ArtifactError} If a file of the history is not what history.json says.
 * @throws {PipelineError} If there is no build.
 */
export async function listAllBuilds(artifacts: string): Promise<ListedBuild[]> {
  const current = await currentBuildId(artifacts)
  const kept = await listBuilds(artifacts)
  const recorded = await readRecorded(artifacts)
  const keyOf = ({ created_at, build_id }: Pick<Manifest, 'build_id' | 'created_at'>) =>
    `${created_at} ${build_id}`
  const keptKeys = new Set(kept.map(keyOf))
  const known = new Set(recorded.map(keyOf))
  const unrecorded = kept.filter((manifest) => !known.has(keyOf(manifest))).map(describeManifest)
  const builds = [...recorded, ...unrecorded].map((build): ListedBuild => {
    const is_kept = keptKeys.has(keyOf(build))
    return { ...build, is_kept, is_current: is_kept && build.build_id === current }
  })
  if (builds.length === 0) throw new PipelineError(`no build found: ${artifacts}`)
  return builds.sort((a, b) => keyOf(b).localeCompare(keyOf(a)))
}

async function readRecorded(artifacts: string): Promise<Recorded[]> {
  const history = await readHistory(artifacts)
  const files = history === null ? [] : listHistoryFiles(history, 'builds')
  if (history === null || files.length === 0) return []
  const folder = join(artifacts, HISTORY_FOLDER)
  for (const { listed } of files) {
    await verifyFile(folder, { outputs: history.files }, listed.file)
  }
  return withDatabase(':memory:', READER, async (connection) => {
    await createHistoryView(connection, artifacts, { name: 'builds', files })
    return readRows<Recorded>(
      connection,
      `select * exclude (honest, chance, naive)
         replace (cast(revenue as varchar) as revenue, cast(pool_revenue as varchar) as pool_revenue)
       from builds`,
    )
  })
}

/** What a manifest alone tells of a build. */
function describeManifest(manifest: Manifest): Recorded {
  const { build_id, created_at, previous_build_id, inputs, outputs, checks, summary } = manifest
  const sum = (field: 'rows' | 'accepted' | 'rejected' | 'duplicates') =>
    inputs.reduce((total, input) => total + input[field], 0)
  const counts = summary?.pools_by_rule.map(({ pool_count }) => pool_count)
  return {
    ...{ build_id, created_at, made_by: null, previous_build_id, inputs: inputs.length },
    ...{ rows: sum('rows'), accepted: sum('accepted') },
    ...{ rejected: sum('rejected'), duplicates: sum('duplicates') },
    campaigns: null,
    pools: counts?.reduce((total, count) => total + count, 0) ?? null,
    candidates: outputs.find(({ file }) => file === BANNER_STATS_FILE)?.rows ?? null,
    ...{
      revenue: null,
      pool_revenue: null,
      changed_pools: null,
      banners_entered: null,
      banners_left: null,
    },
    warned_checks: checks.filter(({ passed }) => !passed).length,
  }
}

/** Words the builds, a line each. */
export function describeBuilds(builds: readonly ListedBuild[]): string[] {
  return builds.map((build) => {
    const mark = build.is_current ? '*' : ' '
    const time = build.created_at.slice(0, 16).replace('T', ' ')
    const cells = [
      `${mark} ${time} UTC`,
      build.build_id,
      `${formatCount(build.inputs)} files`.padStart(10),
      `${formatCount(build.rows)} rows`.padStart(16),
      `${countWords(build.pools)} pools`.padStart(15),
      `${countWords(build.changed_pools)} changed`.padStart(17),
      checkWords(build.warned_checks),
      ...(build.is_kept ? [] : ['files removed']),
    ]
    return cells.join('  ')
  })
}

function countWords(count: number | null): string {
  return count === null ? '?' : formatCount(count)
}

function checkWords(warned: number): string {
  if (warned === 0) return 'checks hold'
  return `${warned} check${warned === 1 ? ' warns' : 's warn'}`
}
