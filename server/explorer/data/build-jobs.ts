/** What the thread of details.ts does for pages about builds; jobs.ts has what it does for campaigns. */
import { readEvaluation } from '../../../contract/evaluation.ts'
import { ArtifactError, readVerified } from '../../../contract/read.ts'
import { type Manifest, POOLS_FILE, REJECTS_FILE, REPORT_FILE } from '../../../contract/schema.ts'
import { type BannerDays, findBannerDays } from './banner-days.ts'
import { type BannerPlaces, findBannerPlaces } from './banner-places.ts'
import {
  type CampaignDay,
  type FromHistory,
  type RecordedBuild,
  readCampaignDays,
  readRecordedBuilds,
} from './history.ts'
import { findKeptBuild, type KeptBuild, listKeptBuilds } from './kept-builds.ts'
import { attempt, type Outcome } from './outcome.ts'
import { findOverview, type Overview, type OverviewJob } from './overview.ts'
import type { PublishedFile } from './parquet-file.ts'
import { comparePools, type PoolChanges } from './pool-changes.ts'
import { type RejectedLines, readRejectedLines } from './rejected-lines.ts'

/** Where the served build lies; all jobs name it, and find others beside it. */
interface Beside {
  readonly folder: string
}

/** A build as lists show it. */
export interface BuildSummary {
  readonly buildId: string
  readonly createdAt: string
  /** Its files are there. */
  readonly isKept: boolean
  /** What the history says of it; undefined: it does not know it. */
  readonly recorded: RecordedBuild | undefined
  readonly manifest: Pick<Manifest, 'previous_build_id' | 'checks'> | undefined
}

/** All builds that are known. */
export interface KnownBuilds {
  /** The newest first. */
  readonly builds: readonly BuildSummary[]
  /** Files of the history that are damaged. */
  readonly losses: readonly string[]
}

/** Lists all builds, those of the history too. */
export function listBuilds({ folder }: Beside): Promise<Outcome<KnownBuilds>> {
  return attempt(async () => {
    const kept = await listKeptBuilds(folder)
    const { rows: recorded, losses } = await readRecordedBuilds(folder)
    const keyOf = (createdAt: string, id: string) => `${createdAt} ${id}`
    const builds = new Map<string, BuildSummary>()
    for (const one of recorded) {
      const { build_id: buildId, created_at: createdAt } = one
      const summary = { buildId, createdAt, isKept: false, recorded: one, manifest: undefined }
      builds.set(keyOf(createdAt, buildId), summary)
    }
    for (const { manifest } of kept) {
      const { build_id: buildId, created_at: createdAt, previous_build_id, checks } = manifest
      const key = keyOf(createdAt, buildId)
      const its = builds.get(key)?.recorded
      const known = { previous_build_id, checks }
      builds.set(key, { buildId, createdAt, isKept: true, recorded: its, manifest: known })
    }
    const sorted = [...builds].sort(([a], [b]) => b.localeCompare(a)).map(([, build]) => build)
    return { builds: sorted, losses }
  })
}

/** A build whose files are there. */
interface BuildJob extends Beside {
  readonly buildId: string
}

/** What a build says of itself. */
export interface BuildFacts {
  readonly manifest: Manifest
  readonly recorded: RecordedBuild | undefined
  readonly isEvaluated: boolean
}

/** Reads the manifest of a build; null: it is not there. */
export function readBuild({ folder, buildId }: BuildJob): Promise<Outcome<BuildFacts | null>> {
  return attempt(async () => {
    const build = await findKeptBuild(folder, buildId)
    if (build === null) return null
    const { manifest } = build
    const { rows: recorded } = await readRecordedBuilds(folder)
    const isIt = (one: RecordedBuild) =>
      one.build_id === buildId && one.created_at === manifest.created_at
    const isEvaluated = (await readEvaluation(build.folder, buildId)) !== null
    return { manifest, recorded: recorded.find(isIt), isEvaluated }
  })
}

/** Reads the report of a build; null: the build is not there. */
export function readReport({ folder, buildId }: BuildJob): Promise<Outcome<string | null>> {
  return attempt(async () => {
    const build = await findKeptBuild(folder, buildId)
    return build && String(await readVerified(build.folder, build.manifest, REPORT_FILE))
  })
}

/** Lines that a build left out. */
interface RejectsJob extends BuildJob {
  readonly reason: string | undefined
  readonly page: number
}

/** Reads a page of them; null: the build is not there. */
export function readRejects(job: RejectsJob): Promise<Outcome<RejectedLines | null>> {
  return attempt(async () => {
    const build = await findKeptBuild(job.folder, job.buildId)
    return build && readRejectedLines(fileOf(build, REJECTS_FILE), job)
  })
}

/** Two builds to compare. */
interface DiffJob extends BuildJob {
  readonly from: string
  readonly page: number
}

/** Compares two builds; null: one of them is not there. */
export function diffBuilds(job: DiffJob): Promise<Outcome<PoolChanges | null>> {
  return attempt(async () => {
    const then = await findKeptBuild(job.folder, job.from)
    const now = await findKeptBuild(job.folder, job.buildId)
    if (then === null || now === null) return null
    return comparePools(fileOf(then, POOLS_FILE), fileOf(now, POOLS_FILE), job.page)
  })
}

/** The list of campaigns, beside an earlier build. */
interface ListJob extends Beside, Omit<OverviewJob, 'now' | 'before'> {
  readonly now: PublishedFile
  /** Of the earlier build; undefined: no comparison. */
  readonly since: string | undefined
}

/** Finds a page of the list. */
export function listCampaigns(job: ListJob): Promise<Outcome<Overview>> {
  return attempt(async () => {
    const before = job.since === undefined ? null : await findKeptBuild(job.folder, job.since)
    return findOverview({
      ...job,
      before: before === null ? undefined : fileOf(before, POOLS_FILE),
    })
  })
}

/** Reads the days of a campaign from the history. */
export function readDays({
  folder,
  campaignId,
}: Beside & { readonly campaignId: number }): Promise<Outcome<FromHistory<CampaignDay>>> {
  return attempt(() => readCampaignDays(folder, campaignId))
}

/** Reads in how many pools a banner was, from the history. */
export function readBannerDays({
  folder,
  bannerId,
}: Beside & { readonly bannerId: number }): Promise<Outcome<BannerDays>> {
  return attempt(() => findBannerDays(folder, bannerId))
}

/** Finds a banner in all campaigns. */
export function locateBanner({
  file,
  bannerId,
}: {
  readonly file: PublishedFile
  readonly bannerId: number
}): Promise<Outcome<BannerPlaces>> {
  return attempt(() => findBannerPlaces(file, bannerId))
}

function fileOf({ folder, manifest }: KeptBuild, file: string): PublishedFile {
  const listed = manifest.outputs.find((output) => output.file === file)
  if (listed === undefined) throw new ArtifactError(`the manifest does not list ${file}: ${folder}`)
  return { folder, listed }
}
