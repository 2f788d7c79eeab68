/** The service as a function of AWS Lambda: one event in, one answer out. */
import { handle, type LambdaEvent } from 'hono/aws-lambda'
import { NO_DENYLIST } from '../../contract/denylist.ts'
import { createApp } from '../app.ts'
import type { DecisionEvents } from '../banner/service.ts'
import { problem } from '../base/answer.ts'
import { createBannerContext } from '../http/banner-context.ts'
import { findRequestId } from '../http/request-id.ts'
import { openImages } from '../pictures/images.ts'
import type { Settings } from '../settings.ts'
import { atRoot } from './event.ts'
import type { Followed } from './follow.ts'
import type { LambdaLog } from './log.ts'

/** What a handler needs. */
export interface HandlerOptions {
  readonly settings: Settings
  readonly followed: Followed
  readonly log: LambdaLog
  /** Milliseconds between two looks for another build. */
  readonly checkEveryMs: number
  readonly now: () => Date
  /** Signs decisions whose events a server elsewhere collects; undefined: nothing is counted. */
  readonly events?: DecisionEvents | undefined
}

/** Answers an event. */
export type Handler = (event: LambdaEvent) => Promise<object>

const { status: statusCode, ...noRequest } = problem(400, 'the event is no HTTP request')

/** To somebody who tries the function in the console, with an event of another kind. */
const NO_REQUEST = { statusCode, ...noRequest }

type Respond = ReturnType<typeof handle>

/** Milliseconds between two tries while nothing is loaded. */
const RETRY_MS = 1_000

const HOUR_MS = 3_600_000

/**
 * Makes the handler.
 *
 * @throws {ImagesError} If the folder of pictures is bad.
 */
export async function createHandler(options: HandlerOptions): Promise<Handler> {
  const { settings, followed } = options
  const images = await openImages(settings.images)
  const lookIfDue = createClock(options)
  const publicPath = settings.publicUrl === undefined ? '' : parsePath(settings.publicUrl)
  const logError = createErrorLog(options.log)
  // One for each base path that the API is published below: a stage or two.
  const apps = new Map<string, Respond>()
  const appAt = (basePath: string): Respond => {
    const known = apps.get(basePath)
    if (known !== undefined) return known
    const context = createBannerContext(
      { ...settings, scheme: 'https', basePath },
      {
        pools: () => (isReady(followed) ? followed.build()?.pools : undefined),
        denylist: () => followed.denylist() ?? NO_DENYLIST,
        now: options.now,
        events: options.events,
        random: Math.random,
        record: ({ outcome }) => options.log.countOutcome(outcome),
        imageUrl: images.urlTemplate,
      },
    )
    const respond = handle(createApp({ ...context, images, logError }))
    apps.set(basePath, respond)
    return respond
  }
  return async (received) => {
    const looking = lookIfDue()
    if (!isReady(followed)) await looking
    const rooted = atRoot(received, publicPath)
    if (rooted === undefined) return NO_REQUEST
    return appAt(rooted.basePath)(rooted.event)
  }
}

/** Without pools there is nothing to serve; without a denylist that is known, nothing that may be. */
function isReady({ build, denylist }: Followed): boolean {
  return build() !== undefined && denylist() !== undefined
}

/** Looks when it is time, and writes the metrics then. */
function createClock({ followed, log, checkEveryMs, now }: HandlerOptions): () => Promise<void> {
  let lookedMs = now().getTime()
  return async () => {
    const nowMs = now().getTime()
    const everyMs = isReady(followed) ? checkEveryMs : Math.min(RETRY_MS, checkEveryMs)
    if (nowMs - lookedMs < everyMs) return
    lookedMs = nowMs
    await followed.look()
    const createdAtMs = followed.build()?.createdAtMs
    log.writeMetrics(createdAtMs === undefined ? undefined : (nowMs - createdAtMs) / HOUR_MS)
  }
}

function createErrorLog(log: LambdaLog) {
  return (error: Error, headers: Readonly<Record<string, unknown>>) => {
    const requestId = findRequestId(headers['x-request-id'] as string | undefined)
    log.fail('a request failed', { request_id: requestId, stack: error.stack })
    return requestId
  }
}

function parsePath(url: string): string {
  return new URL(url).pathname.replace(/\/+$/, '')
}
