/**
 * Watching files by looking at them: works on every file system, and through links that are switched.
 *
 *     look ──► other state than before? ──► act ──► good, bad: settled until the state changes
 *                                              └──► failed: tried again, sooner or later
 */
import { stat } from 'node:fs/promises'

/**
 * What came of an act: what is on disk is in use (`good`); its bytes are wrong, and stay so until they change (`bad`);
 * or it could not be read (`failed`), which says nothing about it.
 */
export type ActResult = 'good' | 'bad' | 'failed'

/** What is watched, and what to do when it changes. */
export interface WatchOptions {
  /** Describes the present state in a text. Throws if it cannot be told. */
  readonly look: () => Promise<string>
  /** Runs when the text differs from the one before, and again after it failed. Handles its own errors. */
  readonly act: (signal: AbortSignal) => Promise<ActResult>
  /** Called with the error of a look that failed. */
  readonly lookFailed?: (error: Error) => void
  /** The text of the state that is in use already. */
  readonly seen: string
  /** Milliseconds between two looks. */
  readonly everyMs: number
  /** Milliseconds since 1970; by default the clock of the machine. */
  readonly now?: () => number
}

/** A watch that runs until it is stopped. It does not keep the process alive. */
export interface Watcher {
  /** Acts now, whether there was a change or not. Requests that wait for the same act are joined. */
  readonly actNow: () => Promise<void>
  /** When it was last seen that what is on disk is in use; milliseconds since 1970. */
  readonly lastGoodMs: () => number
  readonly stop: () => void
}

/** Milliseconds: the longest wait before something that failed is tried again. */
const MAX_RETRY_MS = 5_000

/** Starts to watch. Acts are never concurrent: what changes during one is seen by the next look. */
export function watch(options: WatchOptions): Watcher {
  const { everyMs } = options
  const stopping = new AbortController()
  const step = createSteps(options, stopping.signal)
  let running: Promise<void> = Promise.resolve()
  let isLooking = false
  let forced: Promise<void> | undefined
  const look = () => {
    if (isLooking) return
    isLooking = true
    running = running.then(() => step.run(false)).finally(() => (isLooking = false))
  }
  const actNow = () => {
    forced ??= running = running.then(() => {
      forced = undefined
      return step.run(true)
    })
    return forced
  }
  const timer = setInterval(look, everyMs)
  timer.unref()
  const stop = () => {
    clearInterval(timer)
    stopping.abort()
  }
  return { actNow, lastGoodMs: step.lastGoodMs, stop }
}

/** One look, and what follows from it. */
function createSteps(options: WatchOptions, signal: AbortSignal) {
  const { look, act, lookFailed, seen, everyMs, now = Date.now } = options
  let settled: { state: string; isGood: boolean } = { state: seen, isGood: true }
  let failed: { state: string; waitMs: number; nextMs: number } | undefined
  let lastGoodMs = now()
  const run = async (isForced: boolean) => {
    if (signal.aborted) return
    const state = await look().catch((error: Error) => {
      lookFailed?.(error)
      // What was settled is looked at again once it can be.
      failed = { state: '', waitMs: everyMs, nextMs: 0 }
    })
    if (state === undefined) return
    const isSettled = failed === undefined && settled.state === state
    const mustWait = failed?.state === state && now() < failed.nextMs
    if (isForced || !(isSettled || mustWait)) {
      const result = await act(signal)
      if (result === 'failed') {
        const waitMs = Math.min(failed?.state === state ? failed.waitMs * 2 : everyMs, MAX_RETRY_MS)
        failed = { state, waitMs, nextMs: now() + waitMs }
        return
      }
      failed = undefined
      settled = { state, isGood: result === 'good' }
    }
    if (failed === undefined && settled.isGood) lastGoodMs = now()
  }
  return { run, lastGoodMs: () => lastGoodMs }
}

/** Errors of a file that is not there: that is a state. */
const ABSENT = ['ENOENT', 'ENOTDIR', 'ELOOP']

/**
 * Describes a file so that another file, or another state of it, has another text. Links are followed.
 *
 * @returns The error's code if there is no such file.
 * @throws {NodeJS.ErrnoException} If that cannot be told, as without permission, memory, or an answer of the mount.
 */
export async function readFingerprint(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true })
    return [dev, ino, size, mtimeNs, ctimeNs].join(':')
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (ABSENT.includes(code)) return code
    throw error
  }
}
