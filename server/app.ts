/** Routes and the error edge. All effects are passed in. */
import { type Context, Hono, type HonoRequest } from 'hono'
import { answerBanner, type BannerRequest, type BannerService } from './banner/campaign.ts'
import { createLinks, type Links, originOf } from './banner/links.ts'
import { answerEmbed } from './embed.ts'
import { type Answer, COMMON_HEADERS, problem, toResponse, withoutBody } from './http/answer.ts'
import { answerImage, type Images } from './pictures/images.ts'
import type { Settings } from './settings.ts'

/** What the app needs of the world. */
export interface AppOptions extends Omit<BannerService, 'cookieMode'> {
  readonly settings: Pick<Settings, 'clickUrl' | 'cookie' | 'publicUrl'>
  readonly images: Images
  /** Hears of errors that no rule foresees: bugs. */
  readonly logError: (error: Error) => void
}

/** Makes the app. It keeps nothing between requests: what a visitor last saw is in the visitor's cookie. */
export function createApp(options: AppOptions): Hono {
  const { settings, images } = options
  const service: BannerService = { ...options, cookieMode: settings.cookie }
  const linksOf = createLinkFinder(options)
  const app = new Hono()

  app.get('/campaigns/:id', (c) => {
    const answer = answerBanner(readRequest(c.req, c.req.param('id'), linksOf(c.req)), service)
    return send(c, answer)
  })

  app.get('/images/:id', async (c) => {
    const ifNoneMatch = c.req.header('if-none-match')
    return send(c, await answerImage(images, c.req.param('id'), ifNoneMatch))
  })

  app.get('/embed.js', (c) => {
    const acceptEncoding = c.req.header('accept-encoding')
    return send(c, answerEmbed({ acceptEncoding, ifNoneMatch: c.req.header('if-none-match') }))
  })

  app.get('/', (c) => send(c, answerIndex(service, linksOf(c.req))))

  app.notFound((c) => {
    // Every route answers GET, so a path that GET knows has been asked for with another method.
    const isKnown = app.router.match('GET', c.req.path)[0].length > 0
    if (isKnown) return send(c, problem(405, 'method not allowed', { Allow: 'GET, HEAD' }))
    return send(c, problem(404, 'no such path, try /campaigns/1'))
  })

  app.onError((error, c) => {
    options.logError(error)
    return send(c, problem(500, 'internal error'))
  })

  return app
}

function send(c: Context, answer: Answer): Response {
  return toResponse(c.req.method === 'HEAD' ? withoutBody(answer) : answer)
}

/** Links are made once, if the public URL is known, else once per request. */
function createLinkFinder({ settings, images }: AppOptions): (request: HonoRequest) => Links {
  const templates = { imageUrl: images.urlTemplate, clickUrl: settings.clickUrl }
  const { publicUrl } = settings
  if (publicUrl === undefined) return (request) => createLinks(originOf(request.url), templates)
  const links = createLinks(publicUrl, templates)
  return () => links
}

function readRequest(request: HonoRequest, id: string, links: Links): BannerRequest {
  const { url } = request
  const queryStart = url.indexOf('?')
  return {
    id,
    search: queryStart === -1 ? undefined : url.slice(queryStart + 1),
    accept: request.header('accept'),
    cookie: request.header('cookie'),
    links,
  }
}

/** What this is and where to go on. */
function answerIndex({ pools }: BannerService, links: Links): Answer {
  const loaded = pools()
  const index = {
    service: 'banner pools',
    campaign_url: `${links.base}/campaigns/{campaign_id}`,
    build_id: loaded?.buildId ?? null,
    campaigns: loaded?.campaignCount ?? 0,
    pools: loaded?.poolCount ?? 0,
  }
  const headers = { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache' }
  return { status: 200, headers: { ...headers, ...COMMON_HEADERS }, body: JSON.stringify(index) }
}
