/** Answers of the pages about builds: each reads what the thread knows, and says so where it knows nothing. */
import { parseId } from '../../contract/ids.ts'
import { type ReceivedRejects, readReceivedRejects } from '../../contract/received.ts'
import { FAULTS } from '../banner/query.ts'
import type { Answer } from '../base/answer.ts'
import { answerPage, asAdvice, fail } from './answers.ts'
import { chartBanner, chartBuilds } from './chart-jobs.ts'
import type { NoFigures } from './data/no-figures.ts'
import { listEarlier } from './earlier-build.ts'
import type { PageContext } from './page-context.ts'
import { renderBuild } from './pages/build.tsx'
import { renderBuilds } from './pages/builds.tsx'
import { renderDiff } from './pages/diff.tsx'
import { renderPlaces } from './pages/places.tsx'
import { renderReceived } from './pages/received.tsx'
import { renderRejects } from './pages/rejects.tsx'
import { NO_FIGURES } from './parts/notice.tsx'
import { pageHeaders } from './policy.ts'
import { drawAll } from './views/charts.ts'
import { joinBannerDays } from './views/days.ts'

/** Builds of one page. */
const BUILDS = 50

/** Answers `/explorer/builds`. */
export async function answerBuilds(visit: PageContext): Promise<Answer> {
  const { root, build, currency } = visit
  const known = await visit.details.listBuilds(build)
  if (typeof known === 'string') return notKnown(visit, known)
  const { builds, losses } = known
  const pages = Math.max(1, Math.ceil(builds.length / BUILDS))
  const page = Math.min(readPage(visit), pages)
  const shown = builds.slice((page - 1) * BUILDS, page * BUILDS)
  const servedId = build.manifest.build_id
  const list = { builds: shown, page, pages, total: builds.length, losses }
  const refused = (await readRefused(visit))?.total ?? 0
  const recorded = builds.flatMap((one) => one.recorded ?? []).toReversed()
  const charts = await drawAll(visit, chartBuilds(recorded, currency))
  return answerPage(
    visit,
    200,
    renderBuilds({ root, currency, servedId, charts, refused, ...list }),
  )
}

/** Answers `/explorer/builds/:build`. */
export async function answerBuild(visit: PageContext): Promise<Answer> {
  const { root, build, currency } = visit
  const id = visit.part('build')
  const facts = await visit.details.readBuild(build, id)
  if (facts === null) return noBuild(visit, id)
  if (typeof facts === 'string') return notKnown(visit, facts)
  const known = await visit.details.listBuilds(build)
  const others = typeof known === 'string' ? [] : listEarlier(known.builds, { buildId: id })
  const isServed = build.manifest.build_id === id
  return answerPage(visit, 200, renderBuild({ ...facts, root, currency, isServed, others }))
}

/** Needs nothing but its own style, and no site may show it in a frame. */
const REPORT_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** Answers `/explorer/builds/:build/report`: the file of the build as it is. */
export async function answerReport(visit: PageContext): Promise<Answer> {
  const id = visit.part('build')
  const report = await visit.details.readReport(visit.build, id)
  if (report === null) return noBuild(visit, id)
  if (typeof report === 'string') return notKnown(visit, report)
  const headers = { ...pageHeaders(visit.links), 'Content-Security-Policy': REPORT_POLICY }
  return { status: 200, headers, body: report.html }
}

/** Answers `/explorer/builds/:build/rejects`. */
export async function answerRejects(visit: PageContext): Promise<Answer> {
  const id = visit.part('build')
  const reason = visit.query('reason') || undefined
  const page = readPage(visit)
  const rejects = await visit.details.readRejects(visit.build, { id, reason, page })
  if (rejects === null) return noBuild(visit, id)
  if (typeof rejects === 'string') return notKnown(visit, rejects)
  const { root } = visit
  return answerPage(visit, 200, renderRejects({ root, buildId: id, reason, ...rejects }))
}

/** Answers `/explorer/received`. */
export async function answerReceived(visit: PageContext): Promise<Answer> {
  const { root } = visit
  return answerPage(visit, 200, renderReceived({ root, rejects: await readRefused(visit) }))
}

/** Only a follower publishes it, beside its changes. */
async function readRefused({ build }: PageContext): Promise<ReceivedRejects | null> {
  return build.changes === undefined ? null : readReceivedRejects(build.changes.artifacts)
}

/** Answers `/explorer/builds/:build/diff?from=…`. */
export async function answerDiff(visit: PageContext): Promise<Answer> {
  const id = visit.part('build')
  const from = visit.query('from') ?? ''
  const changes = await visit.details.diffBuilds(visit.build, { id, from, page: readPage(visit) })
  if (changes === null) {
    const advice = `There is no build ${id}, or none ${from || 'to compare with'}; its files may have been removed.`
    return fail(visit, 404, 'These builds cannot be compared', advice)
  }
  if (typeof changes === 'string') return notKnown(visit, changes)
  const { root, currency } = visit
  return answerPage(visit, 200, renderDiff({ root, currency, buildId: id, from, ...changes }))
}

/** Answers `/explorer/banners/:banner`. */
export async function answerPlaces(visit: PageContext): Promise<Answer> {
  const bannerId = parseId(visit.part('banner'))
  if (bannerId === undefined) {
    return fail(visit, 400, 'This is no banner id', asAdvice(FAULTS.bannerId))
  }
  const { root, build, currency, links, denylist } = visit
  const found = await visit.details.locateBanner(build, bannerId)
  const history = await visit.details.readBannerDays(build, bannerId)
  const rows = typeof history === 'string' ? [] : joinBannerDays(history.days, history.figures)
  const tooLarge = typeof history !== 'string' && history.isTooLarge ? ('too_large' as const) : null
  const missing = typeof history === 'string' ? history : tooLarge
  const losses = typeof history === 'string' ? [] : history.losses
  const isWhole = missing === null && losses.length === 0
  if (typeof found !== 'string' && found.total === 0 && rows.length === 0 && isWhole) {
    const advice = 'It had no impression and no click, in no campaign.'
    return fail(visit, 404, `Banner ${bannerId} is no candidate`, advice)
  }
  const imageUrl = links.image(bannerId)
  const isDenied = denylist.banners.has(bannerId)
  const charts = await drawAll(visit, chartBanner(rows, currency))
  const shown = { days: rows, missing, charts, losses }
  const view = { root, currency, bannerId, imageUrl, isDenied, found, ...shown }
  return answerPage(visit, 200, renderPlaces(view))
}

/** Answers `/explorer/banners?id=…`: leads to the page of a banner. */
export function leadToPlaces(visit: PageContext): Answer {
  const bannerId = parseId(visit.query('id')?.trim() ?? '')
  if (bannerId === undefined) {
    return fail(visit, 400, 'This is no banner id', asAdvice(FAULTS.bannerId))
  }
  const headers = { ...pageHeaders(visit.links), Location: `banners/${bannerId}` }
  return { status: 303, headers, body: '' }
}

function noBuild(visit: PageContext, id: string): Answer {
  const advice = `There is no build ${id}; its files may have been removed.`
  return fail(visit, 404, 'Unknown build', advice)
}

function notKnown(visit: PageContext, reason: NoFigures): Answer {
  const failure = fail(visit, 503, 'This cannot be shown now', NO_FIGURES[reason])
  return { ...failure, headers: { ...failure.headers, 'Retry-After': '5' } }
}

function readPage(visit: PageContext): number {
  return Number(/^[1-9]\d{0,8}$/.exec(visit.query('page') ?? '') ?? 1)
}
