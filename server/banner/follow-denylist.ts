/** Follows the denylist: what is denied is always what the last good file says. */
import { readFile, stat } from 'node:fs/promises'
import {
  type Denylist,
  DenylistError,
  NO_DENYLIST,
  parseDenylist,
} from '../../contract/denylist.ts'
import { fingerprintOf, type Watcher, watch } from '../process/watch.ts'

/** What became of a change: the new list holds, or it is bad and the last good one does. */
export type DenylistChange =
  | { readonly result: 'ok'; readonly denylist: Denylist }
  | { readonly result: 'error'; readonly error: Error }

/** The list that holds, and its watcher. */
export interface FollowedDenylist extends Watcher {
  readonly denylist: () => Denylist
}

/** Milliseconds; twice a second, so that a change holds within one. */
const POLL_MS = 500

/** Bytes: 50,000 entries. A greater file is a mistake, and reading it would hold up requests. */
const MAX_BYTES = 1_000_000

/**
 * Reads the denylist, then follows it.
 *
 * @param path - Undefined: nothing is denied, ever.
 * @param report - Hears of each change; of a bad file once.
 * @throws {DenylistError} If the file is bad at the start: a kill switch that does nothing must not look like one.
 */
export async function followDenylist(
  path: string | undefined,
  report: (change: DenylistChange) => void,
  everyMs = POLL_MS,
): Promise<FollowedDenylist> {
  if (path === undefined) {
    return { denylist: () => NO_DENYLIST, actNow: async () => {}, stop: () => {} }
  }
  const look = () => fingerprintOf(path)
  const seen = await look()
  let denylist = await readDenylist(path)
  const act = async () => {
    try {
      denylist = await readDenylist(path)
      report({ result: 'ok', denylist })
    } catch (error) {
      report({ result: 'error', error: error as Error })
    }
  }
  return { ...watch({ look, act, seen, everyMs }), denylist: () => denylist }
}

async function readDenylist(path: string): Promise<Denylist> {
  try {
    const { size } = await stat(path)
    if (size > MAX_BYTES)
      throw new DenylistError(`has ${size} bytes, at most ${MAX_BYTES} are read`)
    return parseDenylist(await readFile(path, 'utf8'))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const reason = code === undefined ? message : `cannot be read (${code})`
    throw new DenylistError(`the denylist ${reason}: ${path}`)
  }
}
