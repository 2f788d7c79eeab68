/** Questions over a channel between threads or processes, and their answers, which may never come. */

/** A question as it is sent. */
export interface Question<Q extends string> {
  readonly id: number
  readonly ask: Q
}

/** An answer as it is sent. */
export interface Reply {
  readonly id: number
  readonly answer: unknown
}

/** Milliseconds; who is silent for so long is busy, or gone. */
const ANSWER_TIMEOUT_MS = 1_000

/** Asks, and keeps track of what was asked. */
export interface Asker<Q extends string> {
  /** Undefined if no answer comes within a second. */
  readonly ask: (question: Q) => Promise<unknown>
  /** To be called with each answer that arrives. */
  readonly receive: (reply: Reply) => void
}

/**
 * Makes an asker.
 *
 * @param send - Puts a question on the channel.
 */
export function createAsker<Q extends string>(send: (question: Question<Q>) => void): Asker<Q> {
  const waiting = new Map<number, (answer: unknown) => void>()
  let lastId = 0
  return {
    ask: (question) => {
      const id = ++lastId
      return new Promise((resolve) => {
        const end = (answer: unknown) => {
          clearTimeout(timer)
          waiting.delete(id)
          resolve(answer)
        }
        const timer = setTimeout(end, ANSWER_TIMEOUT_MS, undefined)
        waiting.set(id, end)
        send({ id, ask: question })
      })
    },
    receive: ({ id, answer }) => waiting.get(id)?.(answer),
  }
}

/** Whether a message is an answer. */
export function isReply(message: unknown): message is Reply {
  return typeof message === 'object' && message !== null && 'id' in message && 'answer' in message
}
