/** What the first page shows: gathered by views/home.ts, rendered by pages/home.tsx and its parts. */
import type { Guarded } from '../../../contract/guarded.ts'
import type { CampaignPage } from '../campaign-list.ts'
import type { NoFigures } from '../data/no-figures.ts'
import type { OverviewCampaign } from '../data/overview.ts'
import type { EarlierBuild } from '../earlier-build.ts'
import type { ListQuery } from '../list-query.ts'
import type { BuildFacts } from '../parts/build-section.tsx'
import type { DrawnChart } from '../parts/charts.tsx'
import type { SinceFacts } from '../parts/since.tsx'
import type { LiveQuarter } from '../quarters.ts'

/** What the page shows. */
export interface HomeView {
  readonly root: string
  readonly live: LiveQuarter
  readonly build: BuildFacts
  readonly currency: string
  /** The visitor asked for a page that loads itself again. */
  readonly isWatched: boolean
  readonly query: ListQuery
  /** What is wrong with the search. */
  readonly fault: string | undefined
  readonly list: Omit<CampaignPage, 'ids'>
  /** Of the campaigns in the list. */
  readonly campaigns: readonly CampaignSummary[]
  readonly hasStability: boolean
  /** Builds to compare with, the newest first. */
  readonly earlier: readonly EarlierBuild[]
  /** What changed since one of them; undefined: there is none, or it is not known. */
  readonly since: SinceFacts | undefined
  /** Of the history. */
  readonly charts: readonly DrawnChart[]
  readonly noFigures: NoFigures | undefined
  /** Pools that stay as they are. */
  readonly guarded: readonly Guarded[]
  /** What exploring costs, in a sentence; undefined: this server does not explore. */
  readonly exploring: string | undefined
  /** Files of the history that are damaged. */
  readonly losses: readonly string[]
}

/** A campaign in the list. */
export interface CampaignSummary extends OverviewCampaign {
  /** Banners by dataset. */
  readonly poolSizes: readonly number[]
  /** Of its pools, as plain decimal; undefined: it is not known. */
  readonly revenue: string | undefined
  /** It was in the earlier build only. */
  readonly isGone: boolean
  readonly isDenied: boolean
}
