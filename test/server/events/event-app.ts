/** An app that collects: with the writer in a folder, at a moment that the test moves. */
import type { EventKey } from '../../../contract/token.ts'
import { createApp } from '../../../server/app.ts'
import { FIRST_CLICK_ID } from '../../../server/base/click-id-blocks.ts'
import type { Acknowledgements } from '../../../server/events/acknowledgements.ts'
import { createLocalSink } from '../../../server/events/channel.ts'
import { Collector } from '../../../server/events/collector.ts'
import { createEventRoutes } from '../../../server/events/routes.ts'
import { createMark } from '../../../server/events/run.ts'
import { createEventService, type EventService } from '../../../server/events/service.ts'
import type { TodaySurroundings } from '../../../server/events/today-report.ts'
import { optionsWith } from '../app-with.ts'

/** A browser's. */
const BROWSER = {
  'user-agent':
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36',
}

/** Adds no page: the app has those of events because it has an explorer. */
const NO_PAGES = { addTo: () => {}, answerLost: () => undefined }

/** Signs. */
export const KEY = { id: 0x010203, secret: Buffer.alloc(32, 7) }

/** The token of the one advertiser, as a header. */
export const SHOP = { authorization: 'Bearer token-of-the-shop' }

/** Quarter 2. */
export const NOON = Date.parse('2026-11-30T12:20:00Z')

/** A writer, and an app in front of it. */
export interface CollectingApp {
  readonly collector: Collector
  readonly service: EventService
  readonly request: (
    path: string,
    options?: { method?: string; headers?: Record<string, string>; body?: string },
  ) => Promise<Response>
  /** Asks for a banner, and gives its two addresses' paths. */
  readonly decide: (headers?: Record<string, string>) => Promise<{ seen: string; click: string }>
  readonly warnings: string[]
}

/** What a test sets. */
export interface CollectingOptions {
  readonly now?: () => number
  readonly clickUrl?: string
  readonly firstClickId?: number
  readonly keepsDecisions?: boolean
  readonly collectUrl?: string
  readonly keys?: readonly EventKey[]
  readonly surroundings?: TodaySurroundings
  /** Answers wait for them. */
  readonly acknowledgements?: Acknowledgements
}

/** Nothing is guarded, and nothing explores. */
const ALONE: TodaySurroundings = { guarded: async () => [], findCost: async () => null }

/** Runs `fn` with an app whose collector writes into a folder; both stop afterwards. */
export async function withCollecting<T>(
  folder: string,
  fn: (app: CollectingApp) => Promise<T>,
  options: CollectingOptions = {},
): Promise<T> {
  const warnings: string[] = []
  const now = () => new Date(options.now?.() ?? NOON)
  const lives = { impression: 3_600, click: 86_400 }
  const { firstClickId = FIRST_CLICK_ID, keepsDecisions = false, acknowledgements = null } = options
  const warn = (message: string) => void warnings.push(message)
  const collector = new Collector({
    ...{ folder, firstClickId, keepsDecisions, lives, now, warn, info: warn },
    acknowledgements,
  })
  await collector.start()
  const findAdvertiser = (header?: string) => (header === SHOP.authorization ? 'shop' : undefined)
  const rules = {
    ...{ keys: options.keys ?? [KEY], lives, maxRevenue: 1_000_000_000_000n, findAdvertiser, now },
    findTarget: createEventTarget,
    awaitsKafka: acknowledgements !== null,
    mark: createMark(options.collectUrl),
  }
  const service = createEventService(rules, createLocalSink(collector))
  const events = {
    baseUrl: options.collectUrl,
    sign: service.sign,
    countOptOut: () => service.note('opt_out_decision'),
  }
  const clickUrl = options.clickUrl ?? 'https://shop.example/{banner_id}'
  const app = createApp({
    ...optionsWith({ now, events, clickUrl, explorer: NO_PAGES }),
    events: createEventRoutes(service, options.surroundings ?? ALONE),
  })
  const request: CollectingApp['request'] = async (path, { headers, ...init } = {}) =>
    app.request(path, { headers: { ...BROWSER, ...headers }, ...init })
  const decide: CollectingApp['decide'] = async (headers = {}) => {
    const response = await request('/campaigns/7', { headers })
    const banner = (await response.json()) as { impression_url: string; click_url: string }
    const path = (url: string) => new URL(url).pathname
    return { seen: path(banner.impression_url), click: path(banner.click_url) }
  }
  try {
    return await fn({ collector, service, request, decide, warnings })
  } finally {
    await collector.stop()
  }
}

const createEventTarget: EventService['findTarget'] = (links, about) =>
  links.click(about.campaignId, about.bannerId, undefined, about.clickId)
