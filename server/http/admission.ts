/** What comes before every route of the app: the host, and how much may be done at once. */
import type { MiddlewareHandler } from 'hono'
import { chooseRepresentation } from '../banner/accept.ts'
import { originOf } from '../banner/links.ts'
import { problem } from '../base/answer.ts'
import type { Env, Send } from '../explorer/routes.ts'
import type { Gate, Gates } from './gate.ts'
import type { HostCheck } from './hosts.ts'
import type { LinkFinder } from './origins.ts'
import type { RefusalReason } from './refusals.ts'
import { isEventPath, isPagePath } from './target.ts'

/** The rules. What is undefined is not asked, as in a function, where one request runs at a time. */
export interface AdmissionOptions {
  readonly linksOf: LinkFinder
  /** Asked for pages that are not public. */
  readonly isOwnHost?: HostCheck | undefined
  readonly gates?: Gates | undefined
  /** Called for each request that is refused. */
  readonly countRefusal?: ((reason: RefusalReason) => void) | undefined
  /** Milliseconds that a page may take. */
  readonly patienceMs?: number
}

/** Milliseconds. A socket without a byte is closed after 8 s, see limits.ts; an answer tells more. */
const PATIENCE_MS = 7_000

const BUSY_HEADERS = { 'Retry-After': '1' }

/** Makes the middleware. It sets the links of the request. */
export function createAdmission(options: AdmissionOptions, send: Send): MiddlewareHandler<Env> {
  const { linksOf, isOwnHost, gates, countRefusal = () => {}, patienceMs = PATIENCE_MS } = options
  return async (c, next) => {
    const headers = c.req.header()
    const host = headers.host ?? originOf(c.req.url).slice(c.req.url.indexOf('//') + 2)
    const links = linksOf(host, headers)
    if (links === undefined) {
      countRefusal('bad_host')
      return send(c, problem(400, 'malformed host'))
    }
    c.set('links', links)
    const { path } = c.req
    const isHome = path === '/' && chooseRepresentation(headers.accept) === 'html'
    const isPage = isHome || isPagePath(path)
    if (isPage && isOwnHost?.(host, headers) === false) {
      countRefusal('wrong_host')
      return send(c, problem(421, 'this server has another host name, see --allowed-host'))
    }
    if (gates === undefined) return await next()
    const gate = isPage ? gates.pages : isEventPath(path) ? gates.events : gates.visitors
    const answering = answerInTurn(gate, next)
    const outcome = await (isPage ? inTime(answering, patienceMs) : answering)
    if (outcome === 'answered') return
    countRefusal('busy')
    const title = outcome === 'late' ? 'the page takes too long now' : 'too many requests at once'
    return send(c, problem(503, title, BUSY_HEADERS))
  }
}

/** The turn ends when the answer is there, also if nobody waits for it any more. */
async function answerInTurn(gate: Gate, next: () => Promise<void>): Promise<'answered' | 'busy'> {
  if (!(await gate.enter())) return 'busy'
  try {
    await next()
  } finally {
    gate.leave()
  }
  return 'answered'
}

async function inTime<T>(answering: Promise<T>, ms: number): Promise<T | 'late'> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), ms)
  })
  try {
    return await Promise.race([answering, late])
  } finally {
    clearTimeout(timer)
  }
}
