/** Starting to collect: the writer in the first process, and what each process that serves needs. */

import type { BannerService, DecisionEvents } from '../banner/service.ts'
import type { EventLog } from '../base/log-events.ts'
import { findDetail } from '../pools/banner-details.ts'
import type { Settings } from '../settings.ts'
import { Acknowledgements } from './acknowledgements.ts'
import { followAdvertisers, NO_ADVERTISERS } from './advertisers.ts'
import { Collector } from './collector.ts'
import { createEventRoutes, type EventRoutes } from './routes.ts'
import { createMark } from './run.ts'
import { createEventService, type EventSink } from './service.ts'
import { readEventKeys } from './signing.ts'
import type { TodaySurroundings } from './today-report.ts'

const SECONDS_OF_MINUTE = 60
const SECONDS_OF_HOUR = 3_600
const MICROS = 1_000_000n

/** Settings without which nothing is collected. */
export type CollectSettings = Settings & { readonly collect: string }

/** Whether a folder is named. */
export function collects(settings: Settings): settings is CollectSettings {
  return settings.collect !== undefined
}

/**
 * Starts the writer of this machine, and makes the key if there is none: other processes read it.
 *
 * @throws {EventKeyError} If the keys cannot be used.
 * @throws {CollectError} If the folder cannot be written.
 */
export async function startCollector(settings: CollectSettings, log: EventLog): Promise<Collector> {
  await readEventKeys(settings)
  const collector = new Collector({
    folder: settings.collect,
    firstClickId: settings.firstClickId,
    lives: findLives(settings),
    keepsDecisions: settings.explore > 0,
    acknowledgements: settings.collectAck === 'kafka' ? new Acknowledgements() : null,
    now: () => new Date(),
    warn: (message) =>
      log.error({ event: 'collecting', result: 'error', reason: message }, message),
    info: (message) => log.info({ event: 'collecting', result: 'ok' }, message),
  })
  await collector.start().catch((error: Error) => {
    throw new CollectError(`cannot collect into this folder, see --collect: ${error.message}`)
  })
  return collector
}

/** The folder cannot be used; the message says what to correct. */
export class CollectError extends Error {
  override readonly name = 'CollectError'
}

/** Events in a process that serves. */
export interface StartedEvents {
  readonly routes: EventRoutes
  /** For the answers about banners. */
  readonly decisions: DecisionEvents
  readonly reload: () => Promise<void>
  readonly stop: () => void
}

/** What takes events, and what the page of today tells beside. */
interface EventsOptions extends TodaySurroundings {
  readonly sink: EventSink
  /** Have the targets of clicks. */
  readonly pools: BannerService['pools']
  readonly log: EventLog
}

/**
 * Starts to take events.
 *
 * @throws {EventKeyError} If the keys cannot be used.
 * @throws {AdvertisersError} If the file of tokens cannot.
 */
export async function startEvents(
  settings: CollectSettings,
  { sink, pools, log, ...surroundings }: EventsOptions,
): Promise<StartedEvents> {
  const { conversionTokens } = settings
  const keys = await readEventKeys(settings)
  const advertisers =
    conversionTokens === undefined
      ? NO_ADVERTISERS
      : await followAdvertisers(conversionTokens, (change) => logAdvertisers(log, change))
  const service = createEventService(
    {
      keys,
      lives: findLives(settings),
      awaitsKafka: settings.collectAck === 'kafka',
      maxRevenue: BigInt(settings.maxRevenue) * MICROS,
      findAdvertiser: advertisers.find,
      now: () => new Date(),
      mark: createMark(settings.collectUrl),
      findTarget: (links, { campaignId, bannerId, clickId }) => {
        const build = pools()
        const detail = build === undefined ? undefined : findDetail(build, bannerId)
        return links.click(campaignId, bannerId, detail?.clickUrl, clickId)
      },
    },
    sink,
  )
  return {
    routes: createEventRoutes(service, surroundings),
    decisions: {
      baseUrl: settings.collectUrl,
      sign: service.sign,
      countOptOut: () => service.note('opt_out_decision'),
    },
    reload: advertisers.actNow,
    stop: advertisers.stop,
  }
}

function logAdvertisers(log: EventLog, change: { count: number } | { error: Error }): void {
  const event = 'advertisers'
  if ('error' in change) {
    const { message } = change.error
    const line = `the last good tokens hold: ${message}`
    log.error({ event, result: 'error', reason: message }, line)
  } else {
    const { count } = change
    log.info({ event, result: 'ok', count }, `${count} advertisers may report conversions now`)
  }
}

function findLives({ impressionMinutes, clickHours }: CollectSettings) {
  return {
    impression: impressionMinutes * SECONDS_OF_MINUTE,
    click: clickHours * SECONDS_OF_HOUR,
  }
}
