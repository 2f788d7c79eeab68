/** Follows the denylist: what is denied is always what the last good file says. */
import { join } from 'node:path'
import {
  DENYLIST_FILE,
  type Denylist,
  DenylistError,
  MAX_DENYLIST_BYTES,
  NO_DENYLIST,
  parseDenylistBytes,
} from '../../contract/denylist.ts'
import { readSmallFile } from '../../contract/small-file.ts'
import { type ActResult, readFingerprint, type Watcher, watch } from '../base/watch.ts'
import type { Settings } from '../settings.ts'

/** What became of a change: the new list holds, or it is bad or cannot be read and the last good one does. */
export type DenylistChange =
  | { readonly result: 'ok'; readonly denylist: Denylist }
  | { readonly result: 'error'; readonly error: Error }

/** Where the list is. */
export interface DenylistSource {
  readonly path: string
  /** Whether there must be a file at the start. */
  readonly isRequired: boolean
}

/** The list that holds, and its watcher. */
export interface FollowedDenylist extends Watcher {
  readonly denylist: () => Denylist
}

/** Milliseconds; twice a second, so that a change holds within one. */
const POLL_MS = 500

/** Finds the list: the file that is named, which must be there then; or the one that is published beside the builds. */
export function findDenylist({
  denylist,
  requireDenylist,
  artifacts,
}: Pick<Settings, 'denylist' | 'requireDenylist' | 'artifacts'>): DenylistSource {
  return {
    path: denylist ?? join(artifacts, DENYLIST_FILE),
    isRequired: denylist !== undefined || requireDenylist,
  }
}

/**
 * Reads the denylist, then follows it. A list is cleared by an empty file: one that is gone or cannot be read leaves the
 * last good list, and is tried again.
 *
 * @param report - Called for each change; for a file that cannot be used once, not for every try.
 * @throws {DenylistError} If the file is bad or cannot be read at the start, or is required and is not there: a kill
 *   switch that does nothing must not look like one.
 */
export async function followDenylist(
  { path, isRequired }: DenylistSource,
  report: (change: DenylistChange) => void,
  everyMs = POLL_MS,
): Promise<FollowedDenylist> {
  const look = () => readFingerprint(path)
  const seen = await look().catch((error) => {
    throw describeError(error, path)
  })
  let denylist = await readFirst(path, isRequired)
  let hasList = denylist !== undefined
  let told: string | undefined
  const fail = (error: Error): ActResult => {
    const described = describeError(error, path)
    if (told !== described.message) report({ result: 'error', error: described })
    told = described.message
    return error instanceof DenylistError ? 'bad' : 'failed'
  }
  const act = async (): Promise<ActResult> => {
    try {
      denylist = parseDenylistBytes(await readSmallFile(path, { maxBytes: MAX_DENYLIST_BYTES }))
      hasList = true
      told = undefined
      report({ result: 'ok', denylist })
      return 'good'
    } catch (error) {
      if (!hasList && isAbsent(error)) return 'good'
      return fail(error as Error)
    }
  }
  const watcher = watch({ look, act, lookFailed: fail, seen, everyMs })
  return { ...watcher, denylist: () => denylist ?? NO_DENYLIST }
}

/** Undefined: there is none, and none is required. */
async function readFirst(path: string, isRequired: boolean): Promise<Denylist | undefined> {
  try {
    return parseDenylistBytes(await readSmallFile(path, { maxBytes: MAX_DENYLIST_BYTES }))
  } catch (error) {
    if (!isRequired && isAbsent(error)) return undefined
    throw describeError(error as Error, path)
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

function describeError(error: NodeJS.ErrnoException, path: string): DenylistError {
  const { code, message } = error
  const reason = code === undefined ? message : `cannot be read (${code})`
  return new DenylistError(`the denylist ${reason}: ${path}`)
}
