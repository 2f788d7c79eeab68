/**
 * Records published builds in the history (contract/history.ts).
 *
 *     known_<last day>  +  banner_stats of the build  ──►  campaigns_<today>: the rows that differ
 *     when a day is over: known_<day> takes its rows in; when a month is: its days become one file
 *     banners_<month>  +  banner_stats of the build  ──►  banners_<month> with the rows that differ
 */
import { type HistoryFile, listHistoryFiles, type MadeBy } from '../../contract/history.ts'
import { BANNER_STATS_FILE, FORMAT_VERSION, type Manifest } from '../../contract/schema.ts'
import { withDatabase } from '../base/database.ts'
import { PipelineError } from '../base/errors.ts'
import type { Progress } from '../base/progress.ts'
import { listBuilds } from '../publish/builds.ts'
import { BannerMonths } from './banner-months.ts'
import { BuildMonths } from './build-months.ts'
import { CampaignDays } from './campaign-days.ts'
import { publishHistory } from './files.ts'
import { openHistory } from './open.ts'

/** What is recorded, and for how long it stays. */
export interface RecordOptions {
  /** Artifacts folder. */
  readonly out: string
  /** Of the build that was just published. */
  readonly buildId: string
  readonly madeBy: MadeBy
  /** Days that stay in the history; 0 = nothing is written. */
  readonly historyDays: number
  readonly threads: number
  readonly memoryLimit: string
}

const DAY_MS = 86_400_000

/** Statements over so many candidates take less than waking another thread for each. */
const ONE_THREAD_ROWS = 200_000

/** Records a build, and says so in a line if that fails: a build that is published stays so whatever becomes of this. */
export async function recordBuild(options: RecordOptions, progress: Progress): Promise<void> {
  if (options.historyDays === 0) return
  try {
    await writeHistory(options, progress)
  } catch (error) {
    if (!(error instanceof PipelineError) && !isFromOutside(error)) throw error
    progress.note(`the history is not written, the build is published all the same: ${error}`)
  }
}

/** Errors of files and of DuckDB, which a full disk or a damaged file of the history may cause. */
function isFromOutside(error: unknown): boolean {
  return error instanceof Error && error.constructor !== TypeError && error.name !== 'RangeError'
}

/** Records what was published since the last time, the oldest first: at the first time, all builds that are there. */
async function writeHistory(options: RecordOptions, progress: Progress): Promise<void> {
  const { out, buildId, madeBy, memoryLimit } = options
  const manifests = await listBuilds(out)
  const recorded = manifests.find(({ build_id }) => build_id === buildId)
  const at = recorded?.created_at ?? ''
  const threads = isSmall(recorded) ? 1 : options.threads
  await withDatabase(':memory:', { threads, memoryLimit }, async (connection) => {
    const history = await openHistory(connection, { out, at }, progress)
    const months = await BuildMonths.open(connection, out, listHistoryFiles(history, 'builds'))
    const days = await CampaignDays.open(connection, out, history)
    const banners = await BannerMonths.open(connection, out, listHistoryFiles(history, 'banners'))
    const pending = await choosePending(months, manifests, options)
    for (const manifest of pending) {
      await days.add(manifest)
      await months.add(manifest, madeBy)
      await banners.add(manifest)
    }
    const files = await finish({ months, days, banners, pending, options })
    const oldest = oldestDay(pending, options)
    await publishHistory(out, {
      format_version: FORMAT_VERSION,
      files: files.map(({ listed }) => listed),
      losses: history.losses.filter(({ found_at }) => found_at >= oldest),
    })
  })
}

function isSmall(manifest: Manifest | undefined): boolean {
  const stats = manifest?.outputs.find(({ file }) => file === BANNER_STATS_FILE)
  return stats !== undefined && stats.rows < ONE_THREAD_ROWS
}

async function choosePending(
  months: BuildMonths,
  manifests: readonly Manifest[],
  { buildId }: RecordOptions,
): Promise<Manifest[]> {
  const last = await months.lastCreatedAt()
  return manifests
    .filter(({ build_id, created_at }) => build_id === buildId || created_at > last)
    .reverse()
}

interface Recorded {
  readonly months: BuildMonths
  readonly days: CampaignDays
  readonly banners: BannerMonths
  readonly pending: readonly Manifest[]
  readonly options: RecordOptions
}

/** Writes what changed, and leaves out what is too old. */
async function finish({
  months,
  days,
  banners,
  pending,
  options,
}: Recorded): Promise<HistoryFile[]> {
  const now = Date.parse(pending.at(-1)?.created_at ?? '')
  const oldest = oldestDay(pending, options)
  const files = [...(await months.write(now)), ...(await days.write()), ...(await banners.write())]
  return files.filter(
    ({ kind, period }) => kind === 'known' || period >= oldest.slice(0, period.length),
  )
}

/** The first day that stays. */
function oldestDay(pending: readonly Manifest[], { historyDays }: RecordOptions): string {
  return dayOf(Date.parse(pending.at(-1)?.created_at ?? '') - historyDays * DAY_MS)
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}
