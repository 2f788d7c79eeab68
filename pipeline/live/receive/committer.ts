/** Puts on disk what was read: lines, rejects, and how far each partition is read, with one record of the journal. */
import { formatDay } from '../../../contract/segments/name.ts'
import type { Door } from './door.ts'
import { findHorizon } from './horizon.ts'
import type { ReceiverContext } from './receiver-context.ts'
import { describePlaces, type ReadTopic } from './topics.ts'

/** What was read and is not on disk yet. One commit at a time. */
export class Committer {
  readonly #context: ReceiverContext
  readonly #door: Door
  #gaps: readonly string[]
  #day: string
  #repeats = 0
  #hasMoved = false
  /** Machines of which it was told that their click ids clash. */
  readonly #told = new Set<string>()

  constructor(context: ReceiverContext, door: Door) {
    this.#context = context
    this.#door = door
    this.#gaps = context.store.record.gaps
    this.#day = formatDay(context.now())
  }

  /** Something was read, or is read from elsewhere: the next commit has to say so. */
  note(): void {
    this.#hasMoved = true
  }

  /** Messages are lost: the next commit says so in the journal. */
  addGap(gap: string): void {
    const { note, status } = this.#context
    note(gap)
    status.gaps += 1
    this.#gaps = [...this.#gaps, gap]
    this.#hasMoved = true
  }

  /**
   * Puts all of it on disk, if there is something new, or a day has begun.
   *
   * @throws {NodeJS.ErrnoException} If the file system refuses.
   */
  async commit(topics: ReadonlyMap<string, ReadTopic>): Promise<void> {
    const { store, status, now, onClosed } = this.#context
    const day = formatDay(now())
    if (!this.#hasMoved && day === this.#day) return
    const startMs = performance.now()
    const { lines, rejects } = this.#door.take()
    const places = describePlaces(topics.values(), store.record.topics)
    this.#hasMoved = false
    this.#day = day
    const gaps = this.#gaps
    const read = [...topics.values()].flatMap(({ partitions }) => partitions)
    const forgetBeforeMs = findHorizon(read)
    const closed = await store.commit({ day, lines, rejects, topics: places, gaps, forgetBeforeMs })
    store.memory.forget(forgetBeforeMs)
    status.repeats += this.#door.repeats - this.#repeats
    this.#repeats = this.#door.repeats
    onClosed(closed)
    for (const one of lines) status.lines += one.lines
    status.commits += 1
    status.commitSeconds = (performance.now() - startMs) / 1000
    status.lastCommitMs = now().getTime()
    this.#tellClash()
    this.tell(topics)
  }

  #tellClash(): void {
    const { store, note } = this.#context
    const { clash } = store.blocks
    if (clash === null) return
    const key = `${clash.run} ${clash.owner}`
    if (this.#told.has(key)) return
    this.#told.add(key)
    note(
      `two machines give the same click ids, such as ${clash.clickId}: clicks of run ${clash.run} do not come in, since run ${clash.owner} has them; give each machine a range of its own, see --first-click-id`,
    )
  }

  /** Says in the status how far it is. */
  tell(topics: ReadonlyMap<string, ReadTopic>): void {
    const { status, store } = this.#context
    const { counts, day, total } = store.record.rejects
    status.rejected = counts
    status.rejectedDay = day
    status.rejectedTotal = total
    status.partitions = [...topics.values()].flatMap(({ name, partitions }) =>
      partitions.map(({ partition, offset, lastStableOffset, highWatermark }) => ({
        ...{ topic: name, partition, offset, lastStableOffset, highWatermark },
      })),
    )
  }
}
