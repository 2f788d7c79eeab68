/** Priorities of threads: Linux has one for each, others only for processes. */
import { readlinkSync } from 'node:fs'
import { getPriority, setPriority } from 'node:os'

/** Its link is `<process>/task/<thread>`, of the thread that reads it. */
const THIS_THREAD = '/proc/thread-self'

/** On a machine that is busy with requests, a tenth of a core is left: what takes a second takes ten then. */
const BEHIND_REQUESTS = 10

/**
 * Lets this thread wait for those that answer requests, where they want the same core. Nothing changes where the system
 * knows no priorities of threads, or does not allow it.
 */
export function stepBehindRequests(): void {
  try {
    const thread = Number(readlinkSync(THIS_THREAD).split('/').at(-1))
    setPriority(thread, Math.max(getPriority(thread), BEHIND_REQUESTS))
  } catch {
    // It is a favour to the other threads; what this one does is as right without it.
  }
}
