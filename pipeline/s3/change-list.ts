/** The list of changes on top of a build of a bucket: contract/bucket-changes.ts. */
import {
  CHANGE_LIST_FILE,
  type ChangeList,
  formatChangeList,
  parseChangeList,
} from '../../contract/bucket-changes.ts'
import { ChangeError, LIVE_FOLDER } from '../../contract/changes.ts'
import { PipelineError } from '../base/errors.ts'
import { urlOf } from '../base/s3/location.ts'
import type { Store } from './store.ts'

/** A list, as it was read. */
export interface StoredList {
  /** Null: there is none, or what is there is no list of this build. */
  readonly list: ChangeList | null
  /** For replacing it, if nobody else did. */
  readonly etag: string | null
}

/** Objects that are removed at once. */
const AT_ONCE = 8

/** Names a place below the changes of a build. */
export function changePath(buildId: string, ...parts: readonly string[]): string {
  return [LIVE_FOLDER, buildId, ...parts].join('/')
}

/** Reads the list of a build. */
export async function readChangeList(store: Store, buildId: string): Promise<StoredList> {
  const found = await store.readText(changePath(buildId, CHANGE_LIST_FILE))
  if (found === null) return { list: null, etag: null }
  try {
    return { list: parseChangeList(found.text, buildId), etag: found.etag }
  } catch (error) {
    if (error instanceof ChangeError || error instanceof SyntaxError) {
      return { list: null, etag: found.etag }
    }
    throw error
  }
}

/**
 * Replaces the list of a build.
 *
 * @throws {PipelineError} If somebody else did meanwhile.
 */
export async function writeChangeList(
  store: Store,
  { etag }: Pick<StoredList, 'etag'>,
  list: ChangeList,
): Promise<void> {
  const path = changePath(list.build_id, CHANGE_LIST_FILE)
  if (await store.replace(path, formatChangeList(list), etag)) return
  throw new PipelineError(`another follower copies to the same place: ${urlOf(store.location)}`)
}

/** Removes the list of a build: whoever takes the build from then on takes it without changes. */
export async function removeChanges(store: Store, buildId: string): Promise<void> {
  const { etag } = await readChangeList(store, buildId)
  if (etag !== null) await store.remove([changePath(buildId, CHANGE_LIST_FILE)])
}

/** Removes all changes but those of some builds. The list goes first: without it the rest is never read. */
export async function removeOldChanges(store: Store, kept: readonly string[]): Promise<void> {
  const paths = (await store.list(`${LIVE_FOLDER}/`)).map(({ path }) => path)
  const old = paths.filter((path) => !kept.includes(path.split('/')[1] ?? ''))
  const isList = (path: string) => path.endsWith(`/${CHANGE_LIST_FILE}`)
  await store.remove(old.filter(isList))
  const rest = old.filter((path) => !isList(path))
  const lanes = Array.from({ length: AT_ONCE }, (_, lane) =>
    rest.filter((_path, index) => index % AT_ONCE === lane),
  )
  await Promise.all(lanes.map((lane) => store.remove(lane)))
}
