/** Answers to the two addresses of a decision: what was seen, and what was clicked on. */
import { readToken, type Token } from '../../contract/token.ts'
import type { Links } from '../banner/links.ts'
import { answerPixel } from '../banner/pixel.ts'
import { type Answer, COMMON_HEADERS, problem } from '../base/answer.ts'
import type { CollectedEvent, Rejection, ShownBanner, TokenKind } from './event.ts'
import { type EventRequest, findRejection } from './judge.ts'
import { signClickId } from './keys.ts'
import { isElsewhere } from './run.ts'
import type { EventService } from './service.ts'

/** A request for an address with a token in it. */
export interface TokenRequest extends EventRequest {
  readonly token: string
  readonly links: Links
}

/** Answered with, where a line cannot be written: the sender tries again. */
export const RETRY_HEADERS = { 'Retry-After': '1' } as const

const UNACKNOWLEDGED =
  'the impression is kept, and Kafka has not acknowledged it yet: send it again'

const HEADERS = {
  'Cache-Control': 'private, no-store',
  'X-Robots-Tag': 'noindex',
  ...COMMON_HEADERS,
} as const

const NOTHING: Answer = { status: 204, headers: HEADERS, body: null }

/**
 * Answers a banner that was seen: 204, counted or not, so that nobody learns what does not count; 503 if it could not be
 * written, or if Kafka has not acknowledged it and the answer waits for that.
 *
 * @param kind - `view`: half of it was in sight for a second.
 */
export async function answerImpression(
  request: TokenRequest,
  kind: 'impression' | 'view',
  service: EventService,
): Promise<Answer> {
  const token = readOrNote(request, service)
  if (token === null) return NOTHING
  const event = createTokenEvent(token, kind, request, service)
  const { status, isUnacknowledged } = await service.record(event)
  if (status === 'lost') return problem(503, 'the impression cannot be written now', RETRY_HEADERS)
  if (isUnacknowledged) return problem(503, UNACKNOWLEDGED, RETRY_HEADERS)
  return NOTHING
}

/** Answers with the picture of a decision, and counts that it was asked for: for pages without a script. */
export async function answerPicture(request: TokenRequest, service: EventService): Promise<Answer> {
  const token = readOrNote(request, service)
  if (token === null) return answerPixel({ ...NOTHING, status: 200 }, 'bad_request')
  await service.recordAtOnce(createTokenEvent(token, 'impression', request, service))
  const Location = request.links.image(token.bannerId)
  return { status: 302, headers: { ...HEADERS, Location }, body: '' }
}

/** Leads to the target of a banner, whatever becomes of the click. */
export async function answerClick(request: TokenRequest, service: EventService): Promise<Answer> {
  const token = readOrNote(request, service)
  if (token === null) return problem(404, 'this address is not valid')
  const { clickId } = await service.recordAtOnce(createTokenEvent(token, 'click', request, service))
  const [key] = service.keys
  const Location = service.findTarget(request.links, {
    campaignId: token.campaignId,
    bannerId: token.bannerId,
    clickId: clickId === undefined || key === undefined ? '' : signClickId(clickId, key),
  })
  return { status: 302, headers: { ...HEADERS, Location }, body: '' }
}

function readOrNote({ token: text }: TokenRequest, service: EventService): Token | null {
  const token = readToken(text, service.keys)
  if (token === null) service.note('bad_token')
  return token
}

function createTokenEvent(
  token: Token,
  kind: TokenKind,
  request: TokenRequest,
  service: EventService,
): CollectedEvent {
  const { dataset, campaignId, bannerId, run, counter, at, probability } = token
  const shown: ShownBanner = { dataset, campaignId, bannerId, run, counter, at, probability }
  const reason = findRejection(request) ?? findFault(token, kind, service)
  return reason === undefined
    ? { kind, ...shown }
    : { kind: 'rejected', of: kind, reason, about: shown }
}

function findFault(
  { at, run }: Token,
  kind: TokenKind,
  { lives, now, mark }: EventService,
): Rejection | undefined {
  if (isElsewhere(run, mark)) return 'elsewhere'
  const age = now().getTime() / 1_000 - at
  return age > lives[kind === 'click' ? 'click' : 'impression'] ? 'expired' : undefined
}
