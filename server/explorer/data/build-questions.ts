/** Questions about builds, put to the thread of details.ts. */
import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { HISTORY_FILE, HISTORY_FOLDER } from '../../../contract/history.ts'
import { BANNER_STATS_FILE, EVALUATION_SUMMARY_FILE, POOLS_FILE } from '../../../contract/schema.ts'
import { readFingerprint } from '../../base/watch.ts'
import { type LoadedBuild, versionOf } from '../../pools/load.ts'
import type { BannerDays } from './banner-days.ts'
import type { BannerPlaces } from './banner-places.ts'
import type { BuildFacts, KnownBuilds } from './build-jobs.ts'
import type { ChartJob } from './charts.ts'
import { fileOf } from './file-of.ts'
import type { CampaignDay, FromHistory } from './history.ts'
import type { NoFigures } from './no-figures.ts'
import type { Filter, Overview, Sort } from './overview.ts'
import type { PoolChanges } from './pool-changes.ts'
import type { RejectedLines } from './rejected-lines.ts'

/** What a list of campaigns is asked for. */
export interface ListQuestion {
  /** Id of the build that they are compared with; undefined: none. */
  readonly since: string | undefined
  readonly sort: Sort
  readonly isAscending: boolean
  readonly filter: Filter
  readonly digits: string
  readonly page: number
  /** Just these campaigns instead of a page. */
  readonly ids?: readonly number[]
}

/** Asks about builds. Null: there is no such build. */
export interface BuildQuestions {
  readonly listBuilds: (build: LoadedBuild) => Promise<KnownBuilds | NoFigures>
  readonly listCampaigns: (
    build: LoadedBuild,
    question: ListQuestion,
  ) => Promise<Overview | NoFigures>
  readonly readBuild: (build: LoadedBuild, id: string) => Promise<BuildFacts | null | NoFigures>
  /** HTML. */
  readonly readReport: (
    build: LoadedBuild,
    id: string,
  ) => Promise<{ readonly html: string } | null | NoFigures>
  readonly readRejects: (
    build: LoadedBuild,
    question: { readonly id: string; readonly reason: string | undefined; readonly page: number },
  ) => Promise<RejectedLines | null | NoFigures>
  readonly diffBuilds: (
    build: LoadedBuild,
    question: { readonly from: string; readonly id: string; readonly page: number },
  ) => Promise<PoolChanges | null | NoFigures>
  readonly readDays: (
    build: LoadedBuild,
    campaignId: number,
  ) => Promise<FromHistory<CampaignDay> | NoFigures>
  readonly readBannerDays: (build: LoadedBuild, bannerId: number) => Promise<BannerDays | NoFigures>
  /** SVG texts in the order of the charts. */
  readonly drawCharts: (charts: readonly ChartJob[]) => Promise<readonly string[] | NoFigures>
  readonly locateBanner: (build: LoadedBuild, bannerId: number) => Promise<BannerPlaces | NoFigures>
}

/** Puts a job to the thread; an equal key is answered from memory. */
export interface Dependencies {
  readonly ask: <T>(key: string, name: string, job: object) => Promise<T | NoFigures>
  readonly complain: (fault: string) => NoFigures
}

/** Makes the questions. */
export function createBuildQuestions({ ask, complain }: Dependencies): BuildQuestions {
  const about = async <T>(
    build: LoadedBuild,
    name: string,
    job: object,
  ): Promise<T | NoFigures> => {
    const { folder } = build
    const key = [name, versionOf(build.manifest), await stampOf(folder), JSON.stringify(job)]
    return ask<T>(key.join(' '), name, { folder, ...job })
  }
  return {
    listBuilds: (build) => about(build, 'listBuilds', {}),
    listCampaigns: async (build, question) => {
      const now = fileOf(build, POOLS_FILE)
      if (now === undefined) return complain(`the manifest does not list ${POOLS_FILE}`)
      const { folder, manifest } = build
      const written = await readFingerprint(join(folder, EVALUATION_SUMMARY_FILE))
      const evaluation = { folder, buildId: manifest.build_id, written }
      return about(build, 'listCampaigns', { now, evaluation, ...question })
    },
    readBuild: (build, buildId) => about(build, 'readBuild', { buildId }),
    readReport: async (build, buildId) => {
      const html = await about<string | null>(build, 'readReport', { buildId })
      return html === null || isNoFigures(html) ? html : { html }
    },
    readRejects: (build, { id, ...rest }) => about(build, 'readRejects', { buildId: id, ...rest }),
    diffBuilds: (build, { id, ...rest }) => about(build, 'diffBuilds', { buildId: id, ...rest }),
    readDays: (build, campaignId) => about(build, 'readDays', { campaignId }),
    readBannerDays: (build, bannerId) => about(build, 'readBannerDays', { bannerId }),
    drawCharts: async (charts) =>
      charts.length === 0 ? [] : ask(`charts ${JSON.stringify(charts)}`, 'drawCharts', { charts }),
    locateBanner: async (build, bannerId) => {
      const file = fileOf(build, BANNER_STATS_FILE)
      if (file === undefined) return complain(`the manifest does not list ${BANNER_STATS_FILE}`)
      return ask(`places ${versionOf(build.manifest)} ${bannerId}`, 'locateBanner', {
        file,
        bannerId,
      })
    },
  }
}

function isNoFigures(text: string): text is NoFigures {
  return text === 'unusable' || text === 'reading' || text === 'slow' || text === 'busy'
}

/** Changes when a build is added or removed, or the history is written. */
async function stampOf(folder: string): Promise<string> {
  const builds = dirname(folder)
  const history = join(dirname(builds), HISTORY_FOLDER, HISTORY_FILE)
  // It may be gone while the build is served.
  const changedMs = await stat(builds).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  )
  return `${changedMs} ${await readFingerprint(history)}`
}
