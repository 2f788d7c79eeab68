/** Some events that are written together: what becomes of each, by what was counted before and by what else is among them. */
import type { Dataset, Table } from '../../contract/schema.ts'
import { datasetOfClick } from './click-ids.ts'
import { formatDecision } from './decisions.ts'
import type {
  CollectedEvent,
  ConversionEvent,
  EventOutcome,
  RejectedEvent,
  TokenEvent,
} from './event.ts'
import { LOST } from './event.ts'
import type { Ledger } from './ledger.ts'
import { formatMicros } from './revenue.ts'

/** Where lines go: a log of a dataset, or the file of views. */
export interface Target {
  readonly dataset: Dataset
  readonly table: Table | 'views'
}

/** An event that is new, with its line. */
interface Draft {
  readonly index: number
  readonly event: TokenEvent | ConversionEvent
  readonly clickId: number
  readonly line: string
}

/** Lines for one target. */
export interface Group {
  readonly target: Target
  readonly drafts: Draft[]
}

/** What a batch is judged by, and what it needs. */
export interface BatchContext {
  readonly ledger: Ledger
  readonly takeClickId: (dataset: Dataset) => Promise<number>
  /** The `event` of a line of a conversion. */
  readonly nextEvent: () => string
}

/** The events of a batch on their way. */
export class Batch {
  readonly #context: BatchContext
  readonly #events: readonly CollectedEvent[]
  readonly #outcomes: EventOutcome[]
  readonly #groups = new Map<string, Group>()
  /** By event: the first one of the batch. */
  readonly #firsts = new Map<string, number>()
  /** Events that are decided by the first one of the batch. */
  readonly #followers: { readonly index: number; readonly first: number }[] = []

  private constructor(events: readonly CollectedEvent[], context: BatchContext) {
    this.#events = events
    this.#context = context
    this.#outcomes = events.map(() => LOST)
  }

  /** Judges the events, and makes the lines of those that are new. */
  static async plan(events: readonly CollectedEvent[], context: BatchContext): Promise<Batch> {
    const batch = new Batch(events, context)
    for (const [index, event] of events.entries()) {
      if (event.kind === 'rejected') batch.#outcomes[index] = { status: 'counted' }
      else if (event.kind === 'conversion') batch.#planConversion(index, event)
      else await batch.#planToken(index, event)
    }
    return batch
  }

  /** The lines, by where they go. */
  get groups(): readonly Group[] {
    return [...this.#groups.values()]
  }

  /** Of new impressions: what they were chosen with. */
  get decisions(): string {
    return this.groups
      .filter(({ target }) => target.table === 'impressions')
      .flatMap(({ drafts }) => drafts)
      .map(({ event }) => (event.kind === 'impression' ? formatDecision(event) : ''))
      .join('')
  }

  /** The lines of a group were written: its events are counted. */
  confirm({ drafts }: Group, day: string, nowSeconds: number): void {
    const { ledger } = this.#context
    for (const { index, event, clickId } of drafts) {
      this.#outcomes[index] =
        event.kind === 'click' ? { status: 'counted', clickId } : { status: 'counted' }
      if (event.kind === 'conversion') ledger.addConversion(toContent(event), day)
      else ledger.addToken({ ...event, clickId }, day, nowSeconds)
    }
  }

  /** What became of each event, in their order; with it, what does not count. */
  settle(): { readonly outcomes: readonly EventOutcome[]; readonly rejected: RejectedEvent[] } {
    for (const { index, first } of this.#followers)
      this.#outcomes[index] = this.#follow(index, first)
    const rejected = this.#events.flatMap((event, index) => {
      if (event.kind === 'rejected') return [event]
      const { status } = this.#outcomes[index] ?? LOST
      return status === 'repeat' || status === 'conflict' ? [toRejected(event, status)] : []
    })
    return { outcomes: this.#outcomes, rejected }
  }

  async #planToken(index: number, event: TokenEvent): Promise<void> {
    const { kind, run, counter, dataset, bannerId, campaignId } = event
    const before = this.#context.ledger.tokens[kind].get(run, counter)
    if (before !== undefined) {
      this.#outcomes[index] =
        kind === 'click' ? { status: 'repeat', clickId: before } : { status: 'repeat' }
      return
    }
    if (this.#isFollower(index, `${kind} ${run}:${counter}`)) return
    const isClick = kind === 'click'
    // No id: its block cannot be made, so the click is lost.
    const clickId = isClick ? await this.#context.takeClickId(dataset).catch(() => null) : 0
    if (clickId === null) return
    const end = kind === 'view' ? `,${dataset}` : ''
    const line = `${run}:${counter},${isClick ? `${clickId},` : ''}${bannerId},${campaignId}${end}\n`
    const table = isClick ? 'clicks' : kind === 'view' ? 'views' : 'impressions'
    this.#add({ dataset: kind === 'view' ? 1 : dataset, table }, { index, event, clickId, line })
  }

  #planConversion(index: number, event: ConversionEvent): void {
    const { conversionId, clickId } = event
    const { revenue, clickId: click } = toContent(event)
    const known = this.#context.ledger.conversions.compare(conversionId, {
      revenue,
      clickId: click,
    })
    if (known !== undefined) {
      this.#outcomes[index] = { status: known === 'same' ? 'repeat' : 'conflict' }
      return
    }
    if (this.#isFollower(index, `conversion ${conversionId}`)) return
    const event_ = this.#context.nextEvent()
    const line = `${event_},${conversionId},${clickId},${formatMicros(revenue)}\n`
    const target: Target = { dataset: datasetOfClick(clickId), table: 'conversions' }
    this.#add(target, { index, event, clickId, line })
  }

  #isFollower(index: number, key: string): boolean {
    const first = this.#firsts.get(key)
    if (first === undefined) this.#firsts.set(key, index)
    else this.#followers.push({ index, first })
    return first !== undefined
  }

  #follow(index: number, first: number): EventOutcome {
    const outcome = this.#outcomes[first] ?? LOST
    if (outcome.status === 'lost') return LOST
    const [one, other] = [this.#events[first], this.#events[index]]
    if (one?.kind === 'conversion' && other?.kind === 'conversion') {
      const isSame = one.clickId === other.clickId && one.revenue === other.revenue
      return { status: isSame ? 'repeat' : 'conflict' }
    }
    return { ...outcome, status: 'repeat' }
  }

  #add(target: Target, draft: Draft): void {
    const key = `${target.dataset} ${target.table}`
    const group = this.#groups.get(key) ?? { target, drafts: [] }
    group.drafts.push(draft)
    this.#groups.set(key, group)
  }
}

function toContent({ conversionId, clickId, revenue }: ConversionEvent) {
  return { conversionId, clickId: String(clickId), revenue: BigInt(revenue) }
}

function toRejected(
  event: TokenEvent | ConversionEvent,
  status: 'repeat' | 'conflict',
): RejectedEvent {
  if (event.kind !== 'conversion') {
    const { kind, ...about } = event
    return { kind: 'rejected', of: kind, reason: 'repeat', about }
  }
  const { kind, conversionId, clickId, advertiser } = event
  const about = { conversionId, clickId, revenue: formatMicros(BigInt(event.revenue)), advertiser }
  return { kind: 'rejected', of: kind, reason: status, about }
}
