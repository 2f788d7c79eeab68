/**
 * Events that messages brought in a header `event`: the same one again, in the same log, is no new line. How old one is goes
 * by the times of messages, so that a backlog of days makes nothing be forgotten too early.
 */
import type { Table } from '../../../contract/schema.ts'

/** Numbers of one block that a set holds; more of them are bits. */
const MOST_IN_SET = 256
const BLOCK = 65_536
const WORD_BITS = 32
const HOUR_MS = 3_600_000
/** A run and a counter, written in one way only; other events are kept as they are. */
const NUMBERED = /^(.+):(0|[1-9]\d{0,14})$/

interface Block {
  numbers: Set<number> | Uint32Array
  /** Milliseconds since 1970, of the newest message that brought one of them. */
  newestMs: number
}

/** The events of a log. */
interface Events {
  /** By run and number of the block. */
  readonly blocks: Map<string, Block>
  /** Of events without a counter, by the hour of their message. */
  readonly others: Map<number, Set<string>>
}

/** What was received. Counters of a run take a bit each where they are dense. */
export class EventMemory {
  readonly #events = new Map<Table, Events>()

  /** Whether an event is known. */
  has(table: Table, event: string): boolean {
    const own = this.#events.get(table)
    if (own === undefined) return false
    const numbered = parseNumbered(event)
    if (numbered === null) return [...own.others.values()].some((hour) => hour.has(event))
    const numbers = own.blocks.get(numbered.block)?.numbers
    return numbers !== undefined && hasNumber(numbers, numbered.number)
  }

  /** @param ms - Of the message that brought it, since 1970. */
  add(table: Table, event: string, ms: number): void {
    const own = this.#find(table)
    const numbered = parseNumbered(event)
    if (numbered === null) {
      const hour = Math.floor(ms / HOUR_MS)
      own.others.set(hour, (own.others.get(hour) ?? new Set()).add(event))
      return
    }
    const known = own.blocks.get(numbered.block)
    const block = known ?? { numbers: new Set<number>(), newestMs: ms }
    if (known === undefined) own.blocks.set(numbered.block, block)
    block.numbers = addNumber(block.numbers, numbered.number)
    block.newestMs = Math.max(block.newestMs, ms)
  }

  /** Takes back what did not become a line. */
  delete(table: Table, event: string): void {
    const own = this.#find(table)
    const numbered = parseNumbered(event)
    if (numbered === null) for (const hour of own.others.values()) hour.delete(event)
    else deleteNumber(own.blocks.get(numbered.block)?.numbers, numbered.number)
  }

  /** Forgets what only older messages brought. */
  forget(beforeMs: number): void {
    for (const { blocks, others } of this.#events.values()) {
      for (const [key, { newestMs }] of blocks) if (newestMs < beforeMs) blocks.delete(key)
      for (const hour of others.keys()) if ((hour + 1) * HOUR_MS <= beforeMs) others.delete(hour)
    }
  }

  #find(table: Table): Events {
    const known = this.#events.get(table)
    if (known !== undefined) return known
    const own = { blocks: new Map(), others: new Map() }
    this.#events.set(table, own)
    return own
  }
}

function parseNumbered(event: string): { block: string; number: number } | null {
  const [, run, text] = NUMBERED.exec(event) ?? []
  if (run === undefined) return null
  const counter = Number(text)
  return { block: `${run}:${Math.floor(counter / BLOCK)}`, number: counter % BLOCK }
}

function hasNumber(numbers: Block['numbers'], number: number): boolean {
  if (numbers instanceof Set) return numbers.has(number)
  return ((numbers[Math.floor(number / WORD_BITS)] ?? 0) & (1 << (number % WORD_BITS))) !== 0
}

function addNumber(numbers: Block['numbers'], number: number): Block['numbers'] {
  if (numbers instanceof Set) {
    numbers.add(number)
    return numbers.size > MOST_IN_SET ? toBits(numbers) : numbers
  }
  const word = Math.floor(number / WORD_BITS)
  numbers[word] = (numbers[word] ?? 0) | (1 << (number % WORD_BITS))
  return numbers
}

function deleteNumber(numbers: Block['numbers'] | undefined, number: number): void {
  if (numbers === undefined) return
  if (numbers instanceof Set) {
    numbers.delete(number)
    return
  }
  const word = Math.floor(number / WORD_BITS)
  numbers[word] = (numbers[word] ?? 0) & ~(1 << (number % WORD_BITS))
}

function toBits(numbers: ReadonlySet<number>): Uint32Array {
  const bits = new Uint32Array(BLOCK / WORD_BITS)
  for (const number of numbers) addNumber(bits, number)
  return bits
}
