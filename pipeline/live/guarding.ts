/** What a guard means for a follower: guarded campaigns are left out of what is published, until a person releases them. */
import { readGuarded, writeGuarded } from '../../contract/guarded.ts'
import type { Guard } from './guard.ts'
import type { InputReader } from './input-reader.ts'
import type { Counted } from './publisher.ts'
import type { FollowerStatus } from './status.ts'

/** What guarding needs. */
export interface GuardingOptions {
  /** Leaves flooded campaigns as they are; null = none is guarded. */
  readonly guard?: Guard | null
  /** Artifacts folder. */
  readonly out: string
  readonly reader: InputReader
  readonly now: () => Date
  readonly status: FollowerStatus
  /** Told what a person should know. */
  readonly note: (line: string) => void
}

/** Milliseconds between two looks at whether a person released them. */
const LOOK_MS = 1_000

/** Guards the campaigns of a follower. */
export class Guarding {
  readonly #options: GuardingOptions
  #dueMs = 0
  #knowsAll = false

  constructor(options: GuardingOptions) {
    this.#options = options
  }

  /** Whether campaigns are left as they are now. */
  get isGuarding(): boolean {
    return (this.#options.guard?.frozen.length ?? 0) > 0
  }

  /** Lets all go on if a person released them. Tells whether that is so: a build has all that was counted meanwhile. */
  async heedRelease(): Promise<boolean> {
    const { guard, out, note, status } = this.#options
    if (!guard?.frozen.length || performance.now() < this.#dueMs) return false
    this.#dueMs = performance.now() + LOOK_MS
    if ((await readGuarded(out)) !== null) return false
    guard.release()
    this.#knowsAll = false
    status.guarded = 0
    note('guarded campaigns go on')
    return true
  }

  /** Without campaigns that look flooded: these stay as they are published. */
  async filter(counted: Counted): Promise<Counted> {
    const { guard, out, now, note, status, reader } = this.#options
    if (!guard) return counted
    // The first time all campaigns, so that one that was silent since the start is known when it is flooded.
    const known = this.#knowsAll ? counted.counts : reader.state.pairs()
    this.#knowsAll = true
    const added = guard.judge(known, now().getTime())
    if (guard.frozen.length === 0) return counted
    const touched = guard.filter(counted.touched)
    const counts = reader.state.pairs(touched)
    status.guarded = guard.frozen.length
    if (added.length > 0) await writeGuarded(out, guard.frozen)
    for (const { dataset, campaign_id, reason } of added) {
      note(
        `guarded: the pool of campaign ${campaign_id} in dataset ${dataset} stays as it is: ${reason}`,
      )
    }
    return { ...counted, touched, counts }
  }
}
