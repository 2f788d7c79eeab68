/**
 * The paths of events.
 *
 *     /impressions/<token>          GET, POST; ?viewable for one that was half in sight for a second
 *     /impressions/<token>.png      the picture, counted as seen
 *     /clicks/<token>               to the banner's target
 *     /conversions                  POST, from advertisers
 *     /explorer/events              the numbers of today, also .json and .csv; only where the explorer is
 */
import type { Context, Hono } from 'hono'
import { EVENT_ROUTES } from '../api/event-routes.ts'
import { type Answer, problem } from '../base/answer.ts'
import { rootOf } from '../explorer/page-context.ts'
import { pageHeaders } from '../explorer/policy.ts'
import type { Env, Send } from '../explorer/routes.ts'
import type { Cors } from '../http/cors.ts'
import { answerConversions } from './conversion-answers.ts'
import type { EventService } from './service.ts'
import { renderToday } from './today-page.tsx'
import { formatTodayCsv, type TodayPage, type TodaySurroundings } from './today-report.ts'
import { answerClick, answerImpression, answerPicture, type TokenRequest } from './token-answers.ts'

/** Bytes of the body of a request; a thousand conversions have a tenth of that. */
const MAX_BODY_BYTES = 1_000_000

const PICTURE_ENDING = '.png'

/**
 * An app that describes its paths. Not by the name of its class: programs that have the server as a library install Hono,
 * and not what describes it.
 */
interface DescribedApp extends Hono<Env> {
  readonly openAPIRegistry: { registerPath(route: never): void }
}

/** What an app needs of events. It imports none of it: a server that collects nothing carries none. */
export interface EventRoutes {
  /** Adds the paths to an app. */
  readonly addTo: (app: DescribedApp, edge: EventRoutesEdge) => void
}

/** What the routes need of the app. */
interface EventRoutesEdge {
  readonly cors: Cors
  readonly send: Send
  /** Whether this app has the pages for people. */
  readonly hasPages: boolean
}

/** Leads the paths to a service. */
export function createEventRoutes(
  service: EventService,
  surroundings: TodaySurroundings,
): EventRoutes {
  return {
    addTo: (app, { cors, send, hasPages }) => {
      addRoutes(app, service, { cors, send })
      if (hasPages) addPages(app, { service, surroundings }, send)
    },
  }
}

function addRoutes(
  app: DescribedApp,
  service: EventService,
  { cors, send }: Pick<EventRoutesEdge, 'cors' | 'send'>,
): void {
  for (const route of EVENT_ROUTES) app.openAPIRegistry.registerPath(route as never)
  const answered = async (c: Context<Env>, answer: Promise<Answer>) => {
    return send(c, cors(await answer, c.req.header('origin')))
  }
  app.on(['GET', 'POST'], '/impressions/:token', (c) => {
    const request = readRequest(c)
    if (request.token.endsWith(PICTURE_ENDING)) {
      const token = request.token.slice(0, -PICTURE_ENDING.length)
      return answered(c, answerPicture({ ...request, token }, service))
    }
    const kind = c.req.query('viewable') === undefined ? 'impression' : 'view'
    return answered(c, answerImpression(request, kind, service))
  })
  app.get('/clicks/:token', (c) => answered(c, answerClick(readRequest(c), service)))
  app.post('/conversions', (c) => {
    const readText = () => readBodyText(c.req.raw)
    return answered(c, answerConversions(c.req.header('authorization'), readText, service))
  })
  app.all('/conversions', (c) =>
    send(c, problem(405, 'conversions are sent by POST', { Allow: 'POST' })),
  )
}

interface Numbers {
  readonly service: EventService
  readonly surroundings: TodaySurroundings
}

/** The numbers of today are for who may see the explorer. */
function addPages(app: DescribedApp, { service, surroundings }: Numbers, send: Send): void {
  const answered = (type: string, render: (report: TodayPage, c: Context<Env>) => string) => {
    return async (c: Context<Env>) => {
      const counted = await service.today()
      if (counted === undefined)
        return send(c, problem(503, 'the writer of events does not answer'))
      const [guarded, exploring] = [await surroundings.guarded(), await surroundings.findCost()]
      const report = { ...counted, guarded, exploring }
      const headers = { ...pageHeaders(c.get('links')), 'Content-Type': type }
      return send(c, { status: 200, headers, body: render(report, c) })
    }
  }
  app.get(
    '/explorer/events',
    answered('text/html; charset=utf-8', (report, c) => renderToday(report, rootOf(c.req.path))),
  )
  app.get(
    '/explorer/events.json',
    answered('application/json', (report) => `${JSON.stringify(report)}\n`),
  )
  app.get('/explorer/events.csv', answered('text/csv; charset=utf-8', formatTodayCsv))
}

function readRequest(c: Context<Env>): TokenRequest {
  return {
    method: c.req.method,
    headers: c.req.header(),
    token: c.req.param('token') ?? '',
    links: c.get('links'),
  }
}

/** Undefined: it is too long, and the rest is not read. */
async function readBodyText({ body }: Request): Promise<string | undefined> {
  if (body === null) return ''
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body) {
    length += chunk.length
    if (length > MAX_BODY_BYTES) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
