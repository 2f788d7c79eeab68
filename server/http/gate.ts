/** A limit on work that may be done at once, so that it never keeps the plain route waiting. */

/** How much is let in. */
export interface GateLimits {
  /** Jobs under way. */
  readonly running: number
  /** Jobs that wait for their turn; more are refused. */
  readonly waiting: number
  /** Jobs that are begun in one turn of the event loop. */
  readonly perTurn: number
}

/** Lets jobs in, in the order in which they come. */
export interface Gate {
  /** True when the job may begin; false: there are too many. */
  readonly enter: () => Promise<boolean>
  /** A job that was let in has ended. */
  readonly leave: () => void
}

/** Makes a gate. */
export function createGate({ running, waiting, perTurn }: GateLimits): Gate {
  const queue: (() => void)[] = []
  let active = 0
  let begun = 0
  let isTurnEndPlanned = false
  const endTurn = () => {
    isTurnEndPlanned = false
    begun = 0
    while (queue.length > 0 && canBegin()) {
      begin()
      queue.shift()?.()
    }
  }
  const planTurnEnd = () => {
    if (isTurnEndPlanned) return
    isTurnEndPlanned = true
    setImmediate(endTurn)
  }
  const canBegin = () => active < running && begun < perTurn
  const begin = () => {
    active++
    begun++
    planTurnEnd()
  }
  return {
    enter: async () => {
      if (queue.length === 0 && canBegin()) {
        begin()
        return true
      }
      if (queue.length >= waiting) return false
      await new Promise<void>((resolve) => queue.push(resolve))
      return true
    },
    leave: () => {
      active--
      if (queue.length > 0) planTurnEnd()
    },
  }
}

/** What the app's work is divided into, so that a crowd at one does not close the other. */
export interface Gates {
  /** For people: explorer, documentation. A page takes a millisecond to make. */
  readonly pages: Gate
  /** For visitors of the publishers' pages: pictures, script, banners by another spelling than the plain one. */
  readonly visitors: Gate
  /** For what visitors' browsers report: it waits for a disk. */
  readonly events: Gate
}

/** Makes the gates of one process. */
export function createGates(): Gates {
  return {
    pages: createGate({ running: 8, waiting: 64, perTurn: 1 }),
    visitors: createGate({ running: 64, waiting: 512, perTurn: 8 }),
    events: createGate({ running: 1_024, waiting: 4_096, perTurn: 32 }),
  }
}
