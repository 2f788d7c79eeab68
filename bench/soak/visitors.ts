/** Visitors of a soak: banners at a constant rate; of those some are seen, clicked on, bought from; and people who look at pages. */
import type { Ask, Question, Reply } from './client.ts'

/** What was answered so that it must be in the logs. */
export interface Acknowledged {
  impressions: number
  readonly clickIds: string[]
  readonly conversionIds: string[]
}

/** What is known about the moment of a request. */
export interface Circumstances {
  /** Somebody ended a process that answers. */
  readonly isInterrupted: () => boolean
  /** The disk is full. */
  readonly isDiskFull: () => boolean
  /** Banners that must not be shown any more. */
  readonly denied: () => ReadonlySet<number>
}

/** What came of the requests of one interval. */
export interface Traffic {
  latenciesMs: number[]
  requests: number
  /** Requests without an answer while a process was being ended or started. */
  interrupted: number
  /** Events that were answered with 503 while the disk was full. */
  postponed: number
  /** Events and pages that were answered with 503 because the machine was too busy: two seconds and seven are the limits. */
  late: number
  /** Fault to number. */
  faults: Map<string, number>
}

/** Makes an interval without anything in it. */
export function createTraffic(): Traffic {
  return { latenciesMs: [], requests: 0, interrupted: 0, postponed: 0, late: 0, faults: new Map() }
}

/** How many of the visits do what. */
const SEEN = 0.6
const CLICKED = 0.15
const BOUGHT = 0.3
const PAGES = 0.03

const TOKEN = 'a-token-for-the-soak-0001'
const FIRST_CONVERSION_ID = 5_000_000_000_000

const PAGE_PATHS = ['/', '/explorer/builds', '/explorer/events', '/docs', '/openapi.json']

interface Decision {
  readonly campaign_id: number
  readonly banner_id: number
  readonly pool_size: number
  readonly repeat: boolean
  readonly impression_url: string
  readonly click_url: string
}

/** The visitors: `visit` is called at the moment when a visit is due. */
export class Visitors {
  readonly acknowledged: Acknowledged = { impressions: 0, clickIds: [], conversionIds: [] }
  /** Replaced by whoever reads it. */
  traffic = createTraffic()
  campaigns: readonly number[] = []
  readonly #ask: Ask
  readonly #circumstances: Circumstances
  #lastConversion = 0

  constructor(ask: Ask, circumstances: Circumstances) {
    this.#ask = ask
    this.#circumstances = circumstances
  }

  async visit(): Promise<void> {
    if (Math.random() < PAGES) return this.#readPage()
    const campaign = pick(this.campaigns)
    const first = await this.#decide(campaign)
    if (first === undefined) return
    const cookie = `last=${first.banner_id}`
    const second = Math.random() < 0.5 ? await this.#decide(campaign, cookie) : undefined
    if (second !== undefined && second.pool_size > 1 && !second.repeat) {
      if (second.banner_id === first.banner_id) this.#blame('the same banner twice in a row')
    }
    const decision = second ?? first
    if (Math.random() < SEEN) await this.#see(decision)
    if (Math.random() < CLICKED) await this.#click(decision)
  }

  async #decide(campaign: number, cookie = ''): Promise<Decision | undefined> {
    const deniedBefore = this.#circumstances.denied()
    const headers = cookie === '' ? {} : { cookie }
    const reply = await this.#timed({ path: `/campaigns/${campaign}`, headers })
    if (reply === undefined) return undefined
    // Its banners may all be denied, and a new campaign may leave again.
    if (reply.status === 204 || reply.status === 404) return undefined
    if (reply.status !== 200) return this.#blame(`a banner answered ${reply.status}`)
    const decision = JSON.parse(reply.body) as Decision
    if (decision.campaign_id !== campaign) return this.#blame('a banner of another campaign')
    if (deniedBefore.has(decision.banner_id)) return this.#blame('a denied banner was shown')
    return decision
  }

  async #see({ impression_url: url }: Decision): Promise<void> {
    const reply = await this.#event({ path: pathOf(url), method: 'POST' })
    if (reply === undefined) return
    if (reply.status === 204) this.acknowledged.impressions++
    else this.#blame(`an impression answered ${reply.status}`)
  }

  async #click({ click_url: url }: Decision): Promise<void> {
    const reply = await this.#event({ path: pathOf(url) })
    if (reply === undefined) return
    if (reply.status !== 302) return this.#blame(`a click answered ${reply.status}`)
    const id = new URL(String(reply.headers.location)).searchParams.get('click_id') ?? ''
    if (id === '') {
      this.#putOff(this.#circumstances.isDiskFull())
      return
    }
    this.acknowledged.clickIds.push(id.split('.')[0] ?? '')
    if (Math.random() < BOUGHT) await this.#buy(id)
  }

  async #buy(clickId: string): Promise<void> {
    const id = String(FIRST_CONVERSION_ID + this.#lastConversion++)
    const reply = await this.#event({
      path: '/conversions',
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify({ conversion_id: id, click_id: clickId, revenue: '1.50' }),
    })
    if (reply === undefined) return
    if (reply.status === 200) this.acknowledged.conversionIds.push(id)
    else this.#blame(`a conversion answered ${reply.status}`)
  }

  async #readPage(): Promise<void> {
    const path =
      Math.random() < 0.5 ? pick(PAGE_PATHS) : `/explorer/campaigns/${pick(this.campaigns)}`
    const reply = await this.#ask({ path, headers: { accept: 'text/html' } })
    this.traffic.requests++
    if (reply.status === 0 && this.#circumstances.isInterrupted()) this.traffic.interrupted++
    else if (reply.status === 503) this.traffic.late++
    // 404: a campaign that left.
    else if (![200, 404].includes(reply.status)) {
      const route = path.replace(/\d+/, ':id')
      this.#blame(`${route} answered ${reply.status === 0 ? reply.body : reply.status}`)
    }
  }

  /** As `#timed`, but a full disk or a busy machine may put it off: the visitor's browser would send it again. */
  async #event(question: Question): Promise<Reply | undefined> {
    const wasFull = this.#circumstances.isDiskFull()
    const reply = await this.#timed(question)
    if (reply?.status !== 503) return reply
    this.#putOff(wasFull || this.#circumstances.isDiskFull())
    return undefined
  }

  #putOff(isDiskFull: boolean): void {
    if (isDiskFull) this.traffic.postponed++
    else this.traffic.late++
  }

  /** Undefined: there was no answer, and this is noted. */
  async #timed(question: Question): Promise<Reply | undefined> {
    const wasInterrupted = this.#circumstances.isInterrupted()
    const startMs = performance.now()
    const reply = await this.#ask(question)
    this.traffic.requests++
    if (reply.status !== 0) {
      this.traffic.latenciesMs.push(performance.now() - startMs)
      return reply
    }
    if (wasInterrupted || this.#circumstances.isInterrupted()) this.traffic.interrupted++
    else this.#blame(`no answer: ${reply.body}`)
    return undefined
  }

  #blame(fault: string): undefined {
    const { faults } = this.traffic
    faults.set(fault, (faults.get(fault) ?? 0) + 1)
    return undefined
  }
}

/** The line of the file of `--conversion-tokens`. */
export const ADVERTISER_LINE = `soak ${TOKEN}\n`

function pick<T>(values: readonly T[]): T {
  return values[Math.floor(Math.random() * values.length)] as T
}

function pathOf(url: string): string {
  return new URL(url).pathname
}
