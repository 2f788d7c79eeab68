/** Watching files by looking at them: works on every file system, and through links that are switched. */
import { stat } from 'node:fs/promises'

/** What is watched, and what to do when it changes. */
export interface WatchOptions {
  /** Describes the present state in a text. */
  readonly look: () => Promise<string>
  /** Runs when the text differs from the one before. Handles its own errors. */
  readonly act: () => Promise<void>
  /** The text of the state that is known already. */
  readonly seen: string
  /** Milliseconds between two looks. */
  readonly everyMs: number
}

/** A watch that runs until it is stopped. It does not keep the process alive. */
export interface Watcher {
  /** Acts now, whether there was a change or not. */
  readonly actNow: () => Promise<void>
  readonly stop: () => void
}

/** Starts to watch. Acts are never concurrent: what changes during one is seen by the next look. */
export function watch({ look, act, seen: known, everyMs }: WatchOptions): Watcher {
  let seen = known
  let turn = Promise.resolve()
  const check = async (isForced: boolean) => {
    const state = await look()
    if (state === seen && !isForced) return
    seen = state
    await act()
  }
  const queue = (isForced: boolean) => {
    turn = turn.then(() => check(isForced))
    return turn
  }
  const timer = setInterval(() => void queue(false), everyMs)
  timer.unref()
  return { actNow: () => queue(true), stop: () => clearInterval(timer) }
}

/** Describes a file so that another file, or another state of it, has another text. Links are followed. */
export async function fingerprintOf(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true })
    return [dev, ino, size, mtimeNs, ctimeNs].join(':')
  } catch (error) {
    return `${(error as NodeJS.ErrnoException).code}`
  }
}
