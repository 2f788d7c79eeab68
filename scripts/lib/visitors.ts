/**
 * Simulated visitors: they see, click and convert, try again until they are told that it was heard, and keep account. A
 * redirect without a click id tells nobody whether the click was heard: what has to be known is asked for in another way.
 */
import { setTimeout as sleep } from 'node:timers/promises'

/** A browser's user agent. */
export const BROWSER_AGENT =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36'

const ROBOTS = [
  'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
  'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)',
  'Twitterbot/1.0',
  'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)',
  'WhatsApp/2.23.20.0',
]

/** What a banner of a campaign brought in a dataset: the simulator's account. */
interface Account {
  impressions: number
  clicks: number
  conversions: number
  /** Hundredths. */
  revenue: number
}

/** What the visitors of a crowd are like. */
export interface CrowdOptions {
  /** Of the server; it may go away and come back. */
  readonly url: string
  readonly campaigns: readonly number[]
  readonly visitors: number
  /** At once. */
  readonly concurrency: number
  /** The bearer token for conversions. */
  readonly token: string
  /** Uniform in [0, 1). */
  readonly random: () => number
  /** Milliseconds after which a visitor gives up. */
  readonly patienceMs: number
  /** Conversions get the ids behind it; 0 if nothing is said. Two crowds need ids of their own. */
  readonly conversionsAfter?: number
}

/** What a crowd did. */
export interface CrowdResult {
  /** By `dataset campaign banner`. */
  readonly accounts: ReadonlyMap<string, Account>
  /** By reason: the `event` of each token of which some request must not count. */
  readonly rejected: ReadonlyMap<string, ReadonlySet<string>>
  /** Conversions that were reported, by id. */
  readonly conversions: number
}

interface Decision {
  readonly dataset: number
  readonly campaign_id: number
  readonly banner_id: number
  readonly impression_url: string
  readonly click_url: string
}

/** Sends a crowd to a server. Its account is exact: each visitor tries until it knows. */
export async function sendCrowd(options: CrowdOptions): Promise<CrowdResult> {
  const crowd = new Crowd(options)
  const walk = async () => {
    while (crowd.next()) await crowd.visit()
  }
  await Promise.all(Array.from({ length: options.concurrency }, walk))
  return crowd
}

class Crowd implements CrowdResult {
  readonly accounts = new Map<string, Account>()
  readonly rejected = new Map<string, Set<string>>()
  conversions = 0
  readonly #options: CrowdOptions
  #sent = 0

  constructor(options: CrowdOptions) {
    this.#options = options
  }

  next(): boolean {
    return this.#sent++ < this.#options.visitors
  }

  /** One page view, and what follows from it. */
  async visit(): Promise<void> {
    const { random, campaigns } = this.#options
    const campaign = campaigns[Math.floor(random() * campaigns.length)]
    const decision = (await (
      await this.#ask(`/campaigns/${campaign}`, {}, [200])
    ).json()) as Decision
    const account = this.#accountOf(decision)
    if (random() < 0.05) await this.#crawl(decision)
    if (random() < 0.05) await this.#askAhead(decision)
    if (random() < 0.1) return
    await this.#ask(decision.impression_url, { method: 'POST' }, [204])
    account.impressions++
    if (random() < 0.1) {
      await this.#ask(decision.impression_url, { method: 'POST' }, [204])
      this.#expect('repeat', decision)
    }
    if (random() < 0.3) await this.#click(decision, account)
  }

  async #click(decision: Decision, account: Account): Promise<void> {
    const { random, token } = this.#options
    const clickId = await this.#findClickId(decision)
    account.clicks++
    if (random() < 0.1) {
      expectSame(await this.#findClickId(decision), clickId)
      this.#expect('repeat', decision)
    }
    if (random() < 0.5) return
    const cents = Math.floor(random() * 10_000)
    const conversion = {
      conversion_id: (this.#options.conversionsAfter ?? 0) + ++this.conversions,
      click_id: clickId,
      revenue: cents / 100,
    }
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const request = { method: 'POST', headers, body: JSON.stringify(conversion) }
    const times = random() < 0.1 ? 3 : 1
    // The same several times at once: one counts.
    await Promise.all(
      Array.from({ length: times }, () => this.#ask('/conversions', request, [200])),
    )
    account.conversions++
    account.revenue += cents
  }

  /** A click without an id was not written: the visitor comes back. */
  async #findClickId({ click_url }: Decision): Promise<string> {
    const endMs = performance.now() + this.#options.patienceMs
    for (;;) {
      const response = await this.#ask(click_url, { redirect: 'manual' }, [302])
      const target = new URL(response.headers.get('location') ?? '')
      const clickId = target.searchParams.get('click_id')
      if (clickId !== null) return clickId
      if (performance.now() > endMs) throw new Error('no click gets an id')
      await sleep(20)
    }
  }

  /** A link in a messenger: a GET by a robot, then HEADs by a browser's agent. */
  async #crawl(decision: Decision): Promise<void> {
    const agent = ROBOTS[Math.floor(this.#options.random() * ROBOTS.length)] ?? ''
    const asRobot = { redirect: 'manual', headers: { 'user-agent': agent } } as const
    await this.#ask(decision.click_url, asRobot, [302])
    await this.#ask(decision.impression_url, asRobot, [204])
    this.#expect('robot', decision)
    await this.#ask(decision.click_url, { redirect: 'manual', method: 'HEAD' }, [302])
    await this.#ask(decision.impression_url, { method: 'HEAD' }, [204])
    this.#expect('head', decision)
  }

  /** As Chromium asks for a page that may never be seen. */
  async #askAhead(decision: Decision): Promise<void> {
    const headers = { 'sec-purpose': 'prefetch;prerender' }
    await this.#ask(decision.impression_url, { headers }, [204])
    await this.#ask(decision.click_url, { headers, redirect: 'manual' }, [302])
    this.#expect('prefetch', decision)
  }

  #expect(reason: string, { click_url }: Decision): void {
    const events = this.rejected.get(reason) ?? new Set()
    events.add(eventOf(click_url))
    this.rejected.set(reason, events)
  }

  #accountOf({ dataset, campaign_id, banner_id }: Decision): Account {
    const key = `${dataset} ${campaign_id} ${banner_id}`
    const account = this.accounts.get(key) ?? {
      impressions: 0,
      clicks: 0,
      conversions: 0,
      revenue: 0,
    }
    this.accounts.set(key, account)
    return account
  }

  /** Asks until the answer is one of these: the server is away, or cannot write, for a while. */
  async #ask(path: string, init: RequestInit, expected: readonly number[]): Promise<Response> {
    const endMs = performance.now() + this.#options.patienceMs
    const url = new URL(path, this.#options.url)
    const headers = { 'user-agent': BROWSER_AGENT, ...init.headers }
    for (;;) {
      const signal = AbortSignal.timeout(5_000)
      const response = await fetch(url, { ...init, headers, signal }).catch(() => undefined)
      if (response !== undefined && expected.includes(response.status)) return response
      await response?.body?.cancel()
      if (performance.now() > endMs) {
        throw new Error(`${init.method ?? 'GET'} ${path}: ${response?.status ?? 'no answer'}`)
      }
      await sleep(50)
    }
  }
}

function expectSame(clickId: string, first: string): void {
  if (clickId !== first) throw new Error(`a click has two ids: ${first}, ${clickId}`)
}

const RUN_AT = 23
const COUNTER_AT = 32

/** The `event` of the lines that a token brings. */
function eventOf(url: string): string {
  const bytes = Buffer.from(url.slice(url.lastIndexOf('/') + 1), 'base64url')
  const counter = bytes.readUIntBE(COUNTER_AT, 5)
  return `${bytes.toString('hex', RUN_AT, COUNTER_AT)}:${counter}`
}
