/**
 * What Node calls for each request.
 *
 *     GET /campaigns/12 ──► here, on Node's own request and response
 *     anything else     ──► the app: Hono, with its checks, its routes and its errors
 *
 * The first is nearly all of the load, and web standard objects made it cost half as much again (bench/serve/serve.ts). Both
 * answer alike, because both call `answerBanner`; test/server/http/listener.integration.test.ts holds them to it.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { answerBanner } from '../banner/campaign.ts'
import { parsePlainUrl } from '../banner/query.ts'
import type { BannerAnswer, BannerService } from '../banner/service.ts'
import { type Answer, problem, writeAnswer } from '../base/answer.ts'
import type { Cors } from './cors.ts'
import type { LinkFinder } from './origins.ts'
import { presentProblem } from './problem-page.ts'
import type { RefusalReason } from './refusals.ts'
import { isEventPath, isNormalTarget } from './target.ts'

/** What listener and app share. */
export interface BannerContext {
  readonly service: BannerService
  readonly linksOf: LinkFinder
  readonly cors: Cors
  /** Called with each answer to a request for a banner, and the milliseconds that it took to make. */
  readonly record: (answer: BannerAnswer, elapsedMs: number) => void
}

/** What the listener needs beside that. */
export interface ListenerOptions extends BannerContext {
  /** Answers what the listener does not. */
  readonly app: RequestListener
  /** True from the moment of the stop: then each answer is the last one of its connection. */
  readonly isClosing: () => boolean
  /** Called for unexpected errors: bugs. Returns a request id, for the answer. */
  readonly logError: (error: Error, headers: Readonly<Record<string, unknown>>) => string
  /** Called for each request that is refused before its route. */
  readonly countRefusal?: ((reason: RefusalReason) => void) | undefined
  /** Called for each request, if there is an access log. */
  readonly logAccess?: (incoming: IncomingMessage, outgoing: ServerResponse) => void
}

/** Characters. A hundred ids to exclude are 1,700. */
const MAX_URL_LENGTH = 4_096

/** Makes the listener. */
export function createListener(options: ListenerOptions): RequestListener {
  const { app, isClosing, logAccess, logError } = options
  return (incoming, outgoing) => {
    logAccess?.(incoming, outgoing)
    if (isClosing() || (hasBody(incoming) && !isEventPath(incoming.url ?? ''))) {
      outgoing.shouldKeepAlive = false
    }
    try {
      const answer = answerEarly(incoming, options)
      if (answer === undefined) app(incoming, outgoing)
      else writeAnswer(outgoing, presentProblem(answer, incoming.url ?? '', incoming.headers))
    } catch (error) {
      const id = logError(error as Error, incoming.headers)
      const answer = problem(500, 'internal error', { 'X-Request-Id': id })
      writeAnswer(outgoing, presentProblem(answer, incoming.url ?? '', incoming.headers))
    }
  }
}

/** Makes an answer about a banner, records it, and fits it to the page that asked. */
export function serveBanner(
  { record, cors }: BannerContext,
  origin: string | undefined,
  make: () => BannerAnswer,
): BannerAnswer {
  const startMs = performance.now()
  const answer = make()
  record(answer, performance.now() - startMs)
  return cors(answer, origin)
}

/** No other route takes a body. A slow one would hold the connection after the answer, so the connection ends with it. */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/** Node keeps the first of several; what stands in front may go by the last. */
function hasTwoHosts({ rawHeaders }: IncomingMessage): boolean {
  let count = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]
    if (name?.length === 4 && name.toLowerCase() === 'host') count++
  }
  return count > 1
}

/** Undefined: the app answers. */
function answerEarly(incoming: IncomingMessage, context: ListenerOptions): Answer | undefined {
  const { method, url = '', headers } = incoming
  if (url.length > MAX_URL_LENGTH) return problem(414, 'the URL is too long')
  const links = hasTwoHosts(incoming) ? undefined : context.linksOf(headers.host, headers)
  if (links === undefined) {
    context.countRefusal?.('bad_host')
    return problem(400, 'malformed host')
  }
  const plain = method === 'GET' ? parsePlainUrl(url) : undefined
  if (plain === undefined) {
    if (isNormalTarget(url)) return undefined
    context.countRefusal?.('bad_target')
    return problem(400, 'the path is not in its normal form')
  }
  const request = { search: plain.search, headers, links }
  return serveBanner(context, headers.origin, () =>
    answerBanner(plain.query, request, context.service),
  )
}
