/** All that was counted and matters still: what decides whether an event is a repeat, and the numbers of today. */
import { ConversionMemory } from './conversion-memory.ts'
import type { CollectedEvent, TokenEvent } from './event.ts'
import { parseMicros } from './revenue.ts'
import { type Place, Today } from './today.ts'
import { TokenMemory } from './token-memory.ts'

/** How long tokens live, in seconds. */
export interface TokenLives {
  readonly impression: number
  readonly click: number
}

/** A line of a log, or an event that was written. */
export interface CountedToken extends Place {
  readonly kind: TokenEvent['kind']
  readonly run: string
  readonly counter: number
  /** Of a click; else 0. */
  readonly clickId: number
}

/** A conversion of a log, or one that was written. */
export interface CountedConversion {
  readonly conversionId: string
  readonly clickId: string
  readonly revenue: bigint
}

/** The memory of one folder. */
export class Ledger {
  readonly tokens: Readonly<Record<TokenEvent['kind'], TokenMemory>>
  readonly conversions = new ConversionMemory()
  /** Of each click that is remembered: which banner was clicked on. */
  readonly #clicked = new Map<number, Place>()
  #today = new Today('')

  constructor(lives: TokenLives) {
    this.tokens = {
      impression: new TokenMemory(lives.impression),
      view: new TokenMemory(lives.impression),
      click: new TokenMemory(lives.click, (ids) => {
        for (const id of ids.values()) this.#clicked.delete(id)
      }),
    }
  }

  get today(): Today {
    return this.#today
  }

  /** Begins a new day, if it is one; forgets tokens that do not live any more. */
  moveTo(day: string, nowSeconds: number): void {
    if (day > this.#today.day) this.#today = new Today(day)
    for (const memory of Object.values(this.tokens)) memory.forgetOld(nowSeconds)
  }

  /**
   * Remembers a token, and counts it if it is of today.
   *
   * @param day - On which it was written.
   */
  addToken(token: CountedToken, day: string, nowSeconds: number): void {
    const { kind, run, counter, clickId } = token
    const place = { campaignId: token.campaignId, bannerId: token.bannerId }
    const isToday = day === this.#today.day
    if (isToday && kind === 'click') this.#judgeClick(token, nowSeconds)
    if (this.tokens[kind].isAlive(run, nowSeconds)) {
      if (kind === 'click') this.#clicked.set(clickId, place)
      this.tokens[kind].set(run, counter, clickId)
    }
    if (isToday) this.#today.count(kind, place)
  }

  addConversion({ conversionId, clickId, revenue }: CountedConversion, day: string): void {
    this.conversions.add(conversionId, { clickId, revenue })
    if (day !== this.#today.day) return
    this.#today.count('conversion', this.#clicked.get(Number(clickId)), revenue)
  }

  addRejected(event: Extract<CollectedEvent, { kind: 'rejected' }>): void {
    const { campaignId, bannerId, clickId } = event.about
    const isKnown = campaignId !== undefined && bannerId !== undefined
    const place = isKnown ? { campaignId, bannerId } : this.#clicked.get(clickId ?? 0)
    this.#today.reject(event.reason, place)
  }

  /** A click of a token that is too old for an impression tells nothing. */
  #judgeClick({ run, counter }: CountedToken, nowSeconds: number): void {
    if (!this.tokens.impression.isAlive(run, nowSeconds)) return
    this.#today.clicks.judged++
    if (this.tokens.impression.get(run, counter) === undefined) {
      this.#today.clicks.withoutImpression++
    }
  }
}

/** Reads a `<run>:<counter>`; null if it is of another writer. */
export function parseEvent(event: string): { run: string; counter: number } | null {
  const [, run, counter] = /^([0-9a-f]{18}):(\d{1,15})$/.exec(event) ?? []
  return run === undefined ? null : { run, counter: Number(counter) }
}

/** Reads a stored revenue: millionths. Lines of other programs may hold anything. */
export function parseStored(text: string): bigint {
  return parseMicros(text.trim()) ?? 0n
}
