/** What was collected today, in UTC: by campaign and banner, and why the rest does not count. */
import type { EventKind, Rejection } from './event.ts'

/** Which banner an event is about; undefined: it is not known. */
export interface Place {
  readonly campaignId: number
  readonly bannerId: number
}

/** Counts of a row while they grow; revenue in millionths. */
interface Counts {
  readonly place: Place | undefined
  readonly counted: Record<EventKind, number>
  revenue: bigint
  readonly rejected: Map<Rejection, number>
}

/** The counts of a day. */
export class Today {
  readonly day: string
  readonly #rows = new Map<string, Counts>()
  /** Clicks whose token could still bring an impression; and those of them without one. */
  readonly clicks = { judged: 0, withoutImpression: 0 }

  constructor(day: string) {
    this.day = day
  }

  count(kind: EventKind, place: Place | undefined, revenue = 0n): void {
    const row = this.#find(place)
    row.counted[kind]++
    row.revenue += revenue
  }

  reject(reason: Rejection, place: Place | undefined): void {
    const { rejected } = this.#find(place)
    rejected.set(reason, (rejected.get(reason) ?? 0) + 1)
  }

  /** By campaign and banner, in ascending order. */
  rows(): readonly Counts[] {
    return [...this.#rows.values()].sort(
      ({ place: a }, { place: b }) =>
        (a?.campaignId ?? Number.POSITIVE_INFINITY) - (b?.campaignId ?? Number.POSITIVE_INFINITY) ||
        (a?.bannerId ?? 0) - (b?.bannerId ?? 0),
    )
  }

  #find(place: Place | undefined): Counts {
    const key = place === undefined ? '' : `${place.campaignId} ${place.bannerId}`
    const known = this.#rows.get(key)
    if (known !== undefined) return known
    const counted = { impression: 0, view: 0, click: 0, conversion: 0 }
    const made = { place, counted, revenue: 0n, rejected: new Map() }
    this.#rows.set(key, made)
    return made
  }
}
