/** A state of the server that is changed while it is under load, as its answers show it. */

/** The state, and how soon each change of it showed. */
export interface ChangingState<T> {
  readonly change: (next: T) => void
  /**
   * Whether the present state explains an answer, or the one before, as long as the change is young enough.
   *
   * @param explains - Whether an answer can be the one of a server in this state.
   */
  readonly accepts: (explains: (state: T) => boolean) => boolean
  readonly summary: () => ChangeSummary
}

/** What the answers said of the changes. */
export interface ChangeSummary {
  readonly changes: number
  /** Changes after which an answer came that only the new state explains. */
  readonly seen: number
  /** Milliseconds from a change to the last answer that only the state before explains; the greatest of all changes. */
  readonly slowestMs: number
}

/**
 * Follows a state.
 *
 * @param graceMs - What the server is given to follow a change.
 */
export function followState<T>(first: T, graceMs: number): ChangingState<T> {
  let [present, before] = [first, first]
  let changedAtMs = Number.NEGATIVE_INFINITY
  let isSeen = true
  const counts = { changes: 0, seen: 0, slowestMs: 0 }
  return {
    change(next) {
      before = present
      present = next
      changedAtMs = performance.now()
      isSeen = false
      counts.changes++
    },
    accepts(explains) {
      const [isNew, isOld] = [explains(present), explains(before)]
      if (isNew && !isOld && !isSeen) {
        isSeen = true
        counts.seen++
      }
      if (isNew || !isOld) return isNew
      const ageMs = performance.now() - changedAtMs
      counts.slowestMs = Math.max(counts.slowestMs, ageMs)
      return ageMs <= graceMs
    },
    summary: () => counts,
  }
}
