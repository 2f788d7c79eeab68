/** Remembers the answers that were wanted last. */
export interface Recent<T> {
  readonly has: (key: string) => boolean
  /** Gives what is remembered, or asks for it: those who ask at the same time ask once. */
  readonly get: (key: string, ask: () => Promise<T>) => Promise<T>
  readonly forget: (key: string) => void
}

/**
 * Makes an empty memory. What fails is not remembered.
 *
 * @param size - Answers that are kept; the one that nobody wanted for longest goes first.
 */
export function createRecent<T>(size: number): Recent<T> {
  // A Map keeps the order in which its keys were added.
  const answers = new Map<string, Promise<T>>()
  return {
    has: (key) => answers.has(key),
    forget: (key) => void answers.delete(key),
    get: (key, ask) => {
      const answer = answers.get(key) ?? ask()
      answers.delete(key)
      answers.set(key, answer)
      answer.catch(() => {
        if (answers.get(key) === answer) answers.delete(key)
      })
      const [oldest] = answers.keys()
      if (answers.size > size && oldest !== undefined) answers.delete(oldest)
      return answer
    },
  }
}
