/** Answers to advertisers' servers that report conversions. */
import { type Answer, PRIVATE_HEADERS, problem } from '../base/answer.ts'
import { type ReadConversion, readBody, type SentConversion } from './conversion-body.ts'
import { type ConversionEvent, type EventOutcome, LOST, type RejectedEvent } from './event.ts'
import { readClickId } from './keys.ts'
import { formatMicros } from './revenue.ts'
import type { EventService } from './service.ts'
import { RETRY_HEADERS } from './token-answers.ts'

/** What became of a conversion, for its sender. */
interface Result {
  readonly conversion_id: string | null
  /** As an answer to this one alone. */
  readonly code: 200 | 409 | 422 | 503
  readonly status: 'counted' | 'repeat' | 'refused' | 'lost' | 'waiting'
  readonly title?: string
}

const MULTI_STATUS = 207

const TITLES = {
  bad_click: 'the click id was not given by this server',
  too_much: 'the revenue is above the limit of this server, --max-revenue',
  conflict: 'this conversion_id was counted with another click or revenue, which stays',
  lost: 'the conversion cannot be written now, send it again',
  waiting: 'the conversion is kept, and Kafka has not acknowledged it yet: send it again',
} as const

/**
 * Takes the conversions of a body.
 *
 * @param authorization - The header.
 * @param readText - Reads the body; undefined: it is too long.
 */
export async function answerConversions(
  authorization: string | undefined,
  readText: () => Promise<string | undefined>,
  service: EventService,
): Promise<Answer> {
  const advertiser = service.findAdvertiser(authorization)
  if (advertiser === undefined) {
    service.note('unauthorized')
    return problem(401, 'a bearer token of an advertiser is needed', {
      'WWW-Authenticate': 'Bearer realm="conversions"',
      Connection: 'close',
    })
  }
  const text = await readText()
  if (text === undefined) return problem(413, 'the body is too long', { Connection: 'close' })
  const body = readBody(text)
  if (typeof body === 'string') {
    service.note('bad_conversion')
    return problem(400, body)
  }
  const results = await takeAll(body.conversions, advertiser, service)
  const [first] = results
  return body.isSingle && first !== undefined ? answerOne(first) : answerMany(results)
}

async function takeAll(
  conversions: readonly ReadConversion[],
  advertiser: string,
  service: EventService,
): Promise<readonly Result[]> {
  const judged = conversions.map((conversion) => {
    if ('sent' in conversion) return judge(conversion.sent, advertiser, service)
    service.note('bad_conversion')
    return refuse(conversion.conversionId, 422, conversion.fault)
  })
  const events = judged.flatMap((one) => ('event' in one ? [one.event] : []))
  const outcomes = events.length === 0 ? [] : await service.recordAll(events)
  let next = 0
  return judged.map((one): Result => {
    if (!('event' in one)) return one
    const outcome = outcomes[next++] ?? LOST
    return 'refusal' in one ? one.refusal : toResult(one.id, outcome)
  })
}

function judge(sent: SentConversion, advertiser: string, service: EventService) {
  const { conversionId, revenue } = sent
  const clickId = readClickId(sent.clickId, service.keys)
  const about = { conversionId, revenue: formatMicros(revenue), advertiser }
  const reject = (reason: 'unknown_click' | 'too_much', title: string) => {
    const known = clickId === undefined ? about : { ...about, clickId }
    const event: RejectedEvent = { kind: 'rejected', of: 'conversion', reason, about: known }
    return { id: conversionId, event, refusal: refuse(conversionId, 422, title) }
  }
  if (clickId === undefined) return reject('unknown_click', TITLES.bad_click)
  if (revenue > service.maxRevenue) return reject('too_much', TITLES.too_much)
  const event: ConversionEvent = {
    ...{ kind: 'conversion', conversionId, clickId, revenue: String(revenue), advertiser },
  }
  return { id: conversionId, event }
}

function toResult(id: string, { status: written, isUnacknowledged }: EventOutcome): Result {
  const status = isUnacknowledged ? 'waiting' : written
  if (status === 'conflict') return refuse(id, 409, TITLES.conflict)
  if (status === 'lost' || status === 'waiting') {
    return { conversion_id: id, code: 503, status, title: TITLES[status] }
  }
  return { conversion_id: id, code: 200, status }
}

function refuse(id: string | null, code: 409 | 422, title: string): Result {
  return { conversion_id: id, code, status: 'refused', title }
}

function answerOne({ code, title, ...result }: Result): Answer {
  if (title !== undefined) return problem(code, title, code === 503 ? RETRY_HEADERS : {})
  return answerJson(200, result)
}

/** All may be sent again: what was counted is a repeat then. */
function answerMany(results: readonly Result[]): Answer {
  const isLost = results.some(({ code }) => code === 503)
  const isRefused = results.some(({ code }) => code !== 200)
  const status = isLost ? 503 : isRefused ? MULTI_STATUS : 200
  return answerJson(status, { results }, isLost ? RETRY_HEADERS : {})
}

function answerJson(
  status: number,
  content: object,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const all = { 'Content-Type': 'application/json', ...PRIVATE_HEADERS, ...headers }
  return { status, headers: all, body: `${JSON.stringify(content)}\n` }
}
