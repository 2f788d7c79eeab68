/** The builds of an artifacts folder and of its history, as `pools builds` lists them. */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { formatCount } from '../../contract/format-count.ts'
import {
  HISTORY_FILE,
  HISTORY_FOLDER,
  type HistoryFile,
  listHistoryFiles,
  type MadeBy,
  readHistory,
} from '../../contract/history.ts'
import { BANNER_STATS_FILE, type Manifest } from '../../contract/schema.ts'
import { readRows, withDatabase } from '../base/database.ts'
import { PipelineError } from '../base/errors.ts'
import { listBuilds } from '../publish/builds.ts'
import { currentBuildId } from '../publish/current.ts'
import { createHistoryView } from './files.ts'
import { isIntact } from './open.ts'

/** A build in the list. Null: it is not known. */
interface ListedBuild {
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

/** All builds that are known. */
export interface BuildList {
  /** The newest first. */
  readonly builds: readonly ListedBuild[]
  /** Files of the history that are damaged, now or when they were last written: builds may be missing in the list. */
  readonly losses: readonly string[]
}

/**
 * Lists the builds: those that are there, and those that only the history knows.
 *
 * @throws {ArtifactError} If a file of the history cannot be read just now.
 * @throws {PipelineError} If there is no build.
 */
export async function listAllBuilds(artifacts: string): Promise<BuildList> {
  const current = await currentBuildId(artifacts)
  const kept = await listBuilds(artifacts)
  const { recorded, losses } = await readRecorded(artifacts)
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
  return { builds: builds.sort((a, b) => keyOf(b).localeCompare(keyOf(a))), losses }
}

async function readRecorded(
  artifacts: string,
): Promise<{ readonly recorded: Recorded[]; readonly losses: string[] }> {
  const history = await readHistory(artifacts)
  if (history === null) return { recorded: [], losses: await findDamagedList(artifacts) }
  const losses = history.losses.map(({ file }) => file)
  const files: HistoryFile[] = []
  for (const one of listHistoryFiles(history, 'builds')) {
    if (await isIntact(artifacts, history, one.listed.file)) files.push(one)
    else losses.push(one.listed.file)
  }
  return { recorded: files.length === 0 ? [] : await readFiles(artifacts, files), losses }
}

/** A history whose list is damaged has builds that are not known. */
async function findDamagedList(artifacts: string): Promise<string[]> {
  const isThere = await stat(join(artifacts, HISTORY_FOLDER, HISTORY_FILE)).then(
    () => true,
    () => false,
  )
  return isThere ? [HISTORY_FILE] : []
}

function readFiles(artifacts: string, files: readonly HistoryFile[]): Promise<Recorded[]> {
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

/** Words the builds, a line each, and what is missing. */
export function describeBuilds({ builds, losses }: BuildList): string[] {
  const lines = builds.map((build) => {
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
  if (losses.length === 0) return lines
  return [...lines, `the history is damaged, builds may be missing: ${losses.join(', ')}`]
}

function countWords(count: number | null): string {
  return count === null ? '?' : formatCount(count)
}

function checkWords(warned: number): string {
  if (warned === 0) return 'checks hold'
  return `${warned} check${warned === 1 ? ' warns' : 's warn'}`
}
