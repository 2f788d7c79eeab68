/** The explorer: pages on which people look at the served build, read-only. From a request to an answer, without HTTP. */
import { parseId } from '../../contract/ids.ts'
import { FAULTS, parseDataset } from '../banner/query.ts'
import type { Answer } from '../base/answer.ts'
import { findPools } from '../pools/pools.ts'
import { answerPage, asAdvice, fail } from './answers.ts'
import {
  answerBuild,
  answerBuilds,
  answerDiff,
  answerPlaces,
  answerReceived,
  answerRejects,
  answerReport,
  leadToPlaces,
} from './build-pages.ts'
import { keepHome, type MadePage } from './home-cache.ts'
import {
  createPageContext,
  type ExplorerOptions,
  type PageContext,
  type PageName,
  type PageRequest,
} from './page-context.ts'
import { renderBanner } from './pages/banner.tsx'
import { renderCampaign } from './pages/campaign.tsx'
import { renderHome } from './pages/home.tsx'
import { renderListCsv, renderListJson } from './pages/list-files.ts'
import { renderNoEvents } from './pages/no-events.tsx'
import { pageHeaders } from './policy.ts'
import { viewBanner } from './views/banner.ts'
import { viewCampaign } from './views/campaign.ts'
import { viewHome } from './views/home.ts'
import type { HomeView } from './views/home-view.ts'

/** Answers requests for pages. */
export interface Explorer {
  readonly home: (request: PageRequest) => Promise<Answer>
  readonly campaign: (request: PageRequest) => Promise<Answer>
  readonly banner: (request: PageRequest) => Promise<Answer>
  /** Leads from the form that asks for a banner to its page. */
  readonly findBanner: (request: PageRequest) => Promise<Answer>
  /** The list of campaigns as a file. */
  readonly listCsv: (request: PageRequest) => Promise<Answer>
  readonly listJson: (request: PageRequest) => Promise<Answer>
  readonly places: (request: PageRequest) => Promise<Answer>
  /** Leads from the form that asks for a banner of any campaign to its page. */
  readonly findPlaces: (request: PageRequest) => Promise<Answer>
  readonly builds: (request: PageRequest) => Promise<Answer>
  readonly build: (request: PageRequest) => Promise<Answer>
  readonly report: (request: PageRequest) => Promise<Answer>
  readonly rejects: (request: PageRequest) => Promise<Answer>
  /** Lines from Kafka that did not come in. */
  readonly received: (request: PageRequest) => Promise<Answer>
  readonly diff: (request: PageRequest) => Promise<Answer>
  /** The page of events of a server that collects none. */
  readonly noEvents: (request: PageRequest) => Promise<Answer>
  /** A path that leads nowhere. */
  readonly lost: (request: PageRequest) => Promise<Answer>
}

/** A load takes seconds; asking more often than this helps nobody. */
const RETRY_AFTER_SECONDS = 5

/** Makes the explorer. It keeps nothing between requests but the figures that were read. */
export function createExplorer(options: ExplorerOptions): Explorer {
  const recorded = (name: PageName, make: (request: PageRequest) => Promise<Answer> | Answer) => {
    return async (request: PageRequest) => {
      const made = await make(request)
      options.record(name, made.status)
      return made
    }
  }
  const page = (name: PageName, make: (visit: PageContext) => Promise<Answer> | Answer) => {
    return recorded(name, (request) => {
      const visit = createPageContext(request, options)
      return visit === undefined ? notLoaded(request) : make(visit)
    })
  }
  return {
    home: page('home', keepHome(answerHome)),
    campaign: page('campaign', (visit) => withCampaign(visit, answerCampaign)),
    banner: page('banner', (visit) => withCampaign(visit, answerBanner)),
    findBanner: page('banner_search', (visit) => withCampaign(visit, leadToBanner)),
    listCsv: page('list', (visit) => answerList(visit, 'text/csv; charset=utf-8', renderListCsv)),
    listJson: page('list', (visit) => answerList(visit, 'application/json', renderListJson)),
    places: page('places', answerPlaces),
    findPlaces: page('banner_search', leadToPlaces),
    builds: page('builds', answerBuilds),
    build: page('build', answerBuild),
    report: page('report', answerReport),
    rejects: page('rejects', answerRejects),
    diff: page('diff', answerDiff),
    received: page('received', answerReceived),
    noEvents: recorded('events', (request) => answerPage(request, 200, renderNoEvents(request))),
    lost: recorded('none', (request) =>
      fail(request, 404, 'There is no such page', 'The address may be old, or mistyped.'),
    ),
  }
}

async function answerHome(visit: PageContext): Promise<MadePage> {
  const view = await viewHome(visit)
  const status = view.fault === undefined ? 200 : 400
  return {
    answer: answerPage(visit, status, renderHome(view)),
    isComplete: view.noFigures === undefined,
  }
}

async function answerList(
  visit: PageContext,
  type: string,
  render: (view: HomeView) => string,
): Promise<Answer> {
  const view = await viewHome(visit)
  if (view.fault !== undefined) return fail(visit, 400, 'This is no campaign id', view.fault)
  if (view.noFigures !== undefined) return notLoaded(visit)
  const headers = { ...pageHeaders(visit.links), 'Content-Type': type }
  return { status: 200, headers, body: render(view) }
}

async function answerCampaign(visit: PageContext, campaignId: number): Promise<Answer> {
  const text = visit.query('dataset')
  const dataset = text === undefined ? visit.live.dataset : parseDataset(text)
  if (dataset === null)
    return fail(visit, 400, 'There is no such quarter', asAdvice(FAULTS.dataset))
  return answerPage(visit, 200, renderCampaign(await viewCampaign(visit, campaignId, dataset)))
}

async function answerBanner(visit: PageContext, campaignId: number): Promise<Answer> {
  const bannerId = parseId(visit.part('banner'))
  if (bannerId === undefined) {
    return fail(visit, 400, 'This is no banner id', asAdvice(FAULTS.bannerId))
  }
  const view = await viewBanner(visit, campaignId, bannerId)
  if (view !== undefined) return answerPage(visit, 200, renderBanner(view))
  const advice = `It had no impression and no click for campaign ${campaignId}, in no quarter of the hour.`
  return fail(visit, 404, `Banner ${bannerId} is no candidate`, advice)
}

function leadToBanner(visit: PageContext): Answer {
  const bannerId = parseId(visit.query('id')?.trim() ?? '')
  if (bannerId === undefined) {
    return fail(visit, 400, 'This is no banner id', asAdvice(FAULTS.bannerId))
  }
  const headers = { ...pageHeaders(visit.links), Location: `banners/${bannerId}` }
  return { status: 303, headers, body: '' }
}

function withCampaign(
  visit: PageContext,
  answerCampaign: (visit: PageContext, campaignId: number) => Promise<Answer> | Answer,
): Promise<Answer> | Answer {
  const campaignId = parseId(visit.part('id'))
  if (campaignId === undefined) {
    return fail(visit, 400, 'This is no campaign id', asAdvice(FAULTS.campaignId))
  }
  if (findPools(visit.build.pools, campaignId) >= 0) {
    return answerCampaign(visit, campaignId)
  }
  const advice = `The build that is served has no campaign ${campaignId}.`
  return fail(visit, 404, 'Unknown campaign', advice)
}

function notLoaded(request: PageRequest): Answer {
  const failure = fail(request, 503, 'No pools are loaded yet', 'Reload in a few seconds.')
  return { ...failure, headers: { ...failure.headers, 'Retry-After': `${RETRY_AFTER_SECONDS}` } }
}
