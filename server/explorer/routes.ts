/**
 * The paths of the explorer. They are not in /openapi.json: pages are for people.
 *
 *     /                                    the first page, for who accepts HTML
 *     /explorer/campaigns.csv, .json       the list of the first page
 *     /explorer/banners/30                 in all campaigns; /explorer/banners?id=30 leads there
 *     /explorer/builds                     and below: /<build>, /<build>/report, /rejects, /diff?from=<build>
 *     /explorer/received                   lines from Kafka that did not come in
 *     /explorer/campaigns/12               ?dataset=1, ?draw=1
 *     /explorer/campaigns/12/banners/30
 *     /explorer/campaigns/12/banners       ?id=30 leads to the path above
 */
import type { Context, Handler, MiddlewareHandler } from 'hono'
import { chooseRepresentation } from '../banner/accept.ts'
import type { Links } from '../banner/links.ts'
import type { Answer } from '../base/answer.ts'
import { answerIcon, answerStyle } from './assets.ts'
import type { Explorer } from './explorer.ts'
import { type PageRequest, rootOf } from './page-context.ts'

/** The variables of the context that are set before these routes. */
export interface Env {
  Variables: { links: Links }
}

/** The part of an app that takes routes. */
interface Routes {
  readonly get: (path: string, handler: Handler<Env> | MiddlewareHandler<Env>) => unknown
}

/** What an app needs of the explorer. It imports none of it: a server without pages carries none. */
export interface ExplorerRoutes {
  /** Adds the paths to an app. */
  readonly addTo: (app: Routes, send: Send) => void
  /** Answers where there is no page; undefined: the path is not of the explorer. */
  readonly answerLost: (c: Context<Env>) => Promise<Answer> | undefined
}

/** Where all its paths but the first begin. */
const EXPLORER_PATH = '/explorer/'

/** Of `server/events`, where events are collected; all pages lead to it. */
const EVENTS_PATH = '/explorer/events'

/** Sends an answer; without its body, if that was not asked for. */
export type Send = (c: Context, answer: Answer) => Response

/** Leads the paths to the pages of an explorer. */
export function createExplorerRoutes(explorer: Explorer): ExplorerRoutes {
  return {
    addTo: (app, send) => addPages(app, explorer, send),
    answerLost: (c) => {
      const { path } = c.req
      if (path === EVENTS_PATH) return explorer.noEvents(requestOf(c))
      const isLost = path.startsWith(EXPLORER_PATH) || isForPeople(c)
      return isLost ? explorer.lost(requestOf(c)) : undefined
    },
  }
}

/** A person who mistyped an address gets a page that leads on. */
function isForPeople(c: Context<Env>): boolean {
  return chooseRepresentation(c.req.header('accept'), c.req.header('sec-fetch-dest')) === 'html'
}

function addPages(app: Routes, explorer: Explorer, send: Send): void {
  const page = (answer: (request: PageRequest) => Promise<Answer>) => {
    return async (c: Context<Env>) => send(c, await answer(requestOf(c)))
  }
  app.get('/', async (c, next) => {
    if (chooseRepresentation(c.req.header('accept')) === 'html') {
      return send(c, await explorer.home(requestOf(c)))
    }
    await next()
    c.header('Vary', 'Accept', { append: true })
    return undefined
  })
  app.get('/explorer/campaigns/:id', page(explorer.campaign))
  app.get('/explorer/campaigns/:id/banners', page(explorer.findBanner))
  app.get('/explorer/campaigns/:id/banners/:banner', page(explorer.banner))
  app.get('/explorer/campaigns.csv', page(explorer.listCsv))
  app.get('/explorer/campaigns.json', page(explorer.listJson))
  app.get('/explorer/banners', page(explorer.findPlaces))
  app.get('/explorer/banners/:banner', page(explorer.places))
  app.get('/explorer/builds', page(explorer.builds))
  app.get('/explorer/builds/:build', page(explorer.build))
  app.get('/explorer/builds/:build/report', page(explorer.report))
  app.get('/explorer/builds/:build/rejects', page(explorer.rejects))
  app.get('/explorer/builds/:build/diff', page(explorer.diff))
  app.get('/explorer/received', page(explorer.received))
  app.get('/explorer/style.css', (c) => send(c, answerStyle()))
  app.get('/explorer/icon.svg', (c) => send(c, answerIcon()))
}

/** What a page depends on, of a request. */
function requestOf(c: Context<Env>): PageRequest {
  return {
    root: rootOf(new URL(c.req.url).pathname),
    links: c.get('links'),
    part: (name) => c.req.param(name) ?? '',
    query: (name) => c.req.query(name),
  }
}
