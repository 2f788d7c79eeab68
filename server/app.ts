/** Routes and the error edge. All effects are passed in. */
import { OpenAPIHono } from '@hono/zod-openapi'
import type { Context, Hono } from 'hono'
import { createDescription } from './api/description.ts'
import { answerDocs, answerDocsFile } from './api/docs.ts'
import {
  bannerRoute,
  campaignPictureRoute,
  embedRoute,
  indexRoute,
  pictureRoute,
} from './api/routes.ts'
import { answerBanner, refuseCampaign } from './banner/campaign.ts'
import { answerEmbed } from './banner/embed.ts'
import type { Links } from './banner/links.ts'
import { parseCampaignPart, parseSearch } from './banner/query.ts'
import { type Answer, COMMON_HEADERS, problem, toResponse, withoutBody } from './base/answer.ts'
import type { EventRoutes } from './events/routes.ts'
import type { Env, ExplorerRoutes } from './explorer/routes.ts'
import { type AdmissionOptions, createAdmission } from './http/admission.ts'
import { type BannerContext, serveBanner } from './http/listener.ts'
import { answerOptions, METHODS } from './http/preflight.ts'
import { presentProblem } from './http/problem-page.ts'
import { isPagePath } from './http/target.ts'
import { answerImage, type Images } from './pictures/images.ts'
import type { Pools } from './pools/pools.ts'

/** What the app needs of the world. */
export interface AppOptions extends BannerContext, AdmissionOptions {
  readonly images: Images
  /** Undefined: nothing is collected. */
  readonly events?: EventRoutes | undefined
  /** Undefined: there are no pages at `/`. */
  readonly explorer?: ExplorerRoutes | undefined
  /** False: `/docs` is on another port. */
  readonly hasDocs?: boolean
  /** Called for unexpected errors: bugs. Returns a request id, for the answer. */
  readonly logError: (error: Error, headers: Readonly<Record<string, unknown>>) => string
}

const INDEX_HEADERS = { 'Cache-Control': 'no-cache', ...COMMON_HEADERS }

/** Makes the app. It keeps nothing between requests: what a visitor last saw is in the visitor's cookie. */
export function createApp(options: AppOptions): Hono<Env> {
  const app = new OpenAPIHono<Env>({
    defaultHook: (result, c) => {
      if (result.success) return undefined
      return send(c, problem(400, result.error.issues[0]?.message ?? 'bad request'))
    },
  })
  app.use(createAdmission(options, send))
  // Before the description of the service, with which it shares `/`.
  options.explorer?.addTo(app, send)
  addBanners(app, options)
  const { events, cors, explorer } = options
  events?.addTo(app, { cors, send, hasPages: explorer !== undefined })
  addPictures(app, options)
  addTexts(app, options)
  handleFailures(app, options)
  return app
}

/** Their path and query are read by hand, as they are without the app: see banner/query.ts. */
function addBanners(app: OpenAPIHono<Env>, context: BannerContext): void {
  app.openAPIRegistry.registerPath(bannerRoute)
  app.openAPIRegistry.registerPath(campaignPictureRoute)
  const answerCampaign = (c: Context<Env>) => {
    const { campaignId, isPicture } = parseCampaignPart(c.req.param('id') ?? '')
    const search = searchOf(c.req.url)
    const headers = c.req.header()
    const answer = serveBanner(context, headers.origin, () => {
      if (campaignId === undefined) return refuseCampaign(isPicture)
      const query = { campaignId, isPicture, parameters: parseSearch(search) }
      return answerBanner(query, { search, headers, links: c.get('links') }, context.service)
    })
    return send(c, answer)
  }
  app.get('/campaigns/:id', answerCampaign)
  app.get('/campaigns/:id/', answerCampaign)
}

function addPictures(app: OpenAPIHono<Env>, { images }: AppOptions): void {
  app.openapi(pictureRoute, async (c) => {
    const { id } = c.req.valid('param')
    const answer = await answerImage(images, id, c.req.header('if-none-match'))
    const { status, headers, stream } = answer
    if (stream === undefined || c.req.method === 'HEAD') return send(c, answer)
    return new Response(stream(), { status, headers })
  })
}

function addTexts(app: OpenAPIHono<Env>, { service, hasDocs = true }: AppOptions): void {
  app.openapi(embedRoute, (c) => {
    const acceptEncoding = c.req.header('accept-encoding')
    return send(c, answerEmbed({ acceptEncoding, ifNoneMatch: c.req.header('if-none-match') }))
  })
  app.openapi(indexRoute, (c) =>
    c.json(describeService(service.pools(), c.get('links')), 200, INDEX_HEADERS),
  )
  const answerDescription = createDescription(app)
  app.get('/openapi.json', (c) =>
    send(c, answerDescription(c.get('links').basePath, service.pools())),
  )
  if (!hasDocs) return
  app.get('/docs', (c) => send(c, answerDocs()))
  app.get('/docs/:file', async (c) => send(c, await answerDocsFile(c.req.param('file'))))
}

function handleFailures(app: OpenAPIHono<Env>, { cors, explorer, logError }: AppOptions): void {
  app.notFound(async (c) => {
    // Every route answers GET, so a path that GET knows has been asked for with another method.
    const isKnown = isKnownPath(app, c.req.path)
    const isPublic = !isPagePath(c.req.path)
    if (isKnown && isPublic && c.req.method === 'OPTIONS') {
      return send(c, answerOptions(c.req.header(), cors))
    }
    const Allow = isPublic ? METHODS : 'GET, HEAD'
    if (isKnown) return send(c, problem(405, 'method not allowed', { Allow }))
    const { path } = c.req
    if (path.endsWith('/') && isKnownPath(app, path.slice(0, -1))) {
      return send(c, redirect(c.get('links').base + path.slice(0, -1), searchOf(c.req.url)))
    }
    const lost = await explorer?.answerLost(c)
    if (lost !== undefined) return send(c, lost)
    return send(c, problem(404, 'no such path, try /campaigns/1'))
  })
  app.onError((error, c) => {
    const requestId = logError(error, c.req.header())
    return send(c, problem(500, 'internal error', { 'X-Request-Id': requestId }))
  })
}

function isKnownPath(app: OpenAPIHono<Env>, path: string): boolean {
  return app.router.match('GET', path)[0].some(([[, route]]) => route.path !== '/*')
}

/** To the one spelling of a path: relative links of a page would lead elsewhere. */
function redirect(url: string, search: string | undefined): Answer {
  const Location = search === undefined ? url : `${url}?${search}`
  return {
    status: 308,
    headers: { Location, 'Cache-Control': 'no-cache', ...COMMON_HEADERS },
    body: '',
  }
}

function send(c: Context, answer: Answer): Response {
  const presented = presentProblem(answer, c.req.path, c.req.header())
  return toResponse(c.req.method === 'HEAD' ? withoutBody(presented) : presented)
}

function searchOf(url: string): string | undefined {
  const start = url.indexOf('?')
  return start === -1 ? undefined : url.slice(start + 1)
}

/** What this is and where to go on. */
function describeService(pools: Pools | undefined, links: Links) {
  return {
    service: 'banner pools',
    campaign_url: `${links.base}/campaigns/{campaign_id}`,
    build_id: pools?.buildId ?? null,
    campaigns: pools?.campaignCount ?? 0,
    pools: pools?.poolCount ?? 0,
  }
}
