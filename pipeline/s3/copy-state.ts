/** One copy of what is current. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { digestBytes } from '../../contract/digest.ts'
import { readEpoch } from '../../contract/read-changes.ts'
import { BUILDS_FOLDER, MANIFEST_FILE } from '../../contract/schema.ts'
import type { Progress } from '../base/progress.ts'
import { currentBuildId } from '../publish/current.ts'
import { copyChanges } from './copy-changes.ts'
import { publishToStore } from './publish.ts'
import { readPointer } from './published.ts'
import type { Store } from './store.ts'

/** What is copied, and how much of it was. */
export interface CopyStateOptions {
  /** Artifacts folder. */
  readonly out: string
  /** How many builds stay in the bucket. */
  readonly keep: number
  readonly now: () => Date
  readonly progress: Progress
  /** What the copy before gave; null: there was none. */
  readonly copied: string | null
}

/**
 * Copies the current build if it is another one, or of another epoch, than at the copy before; then the changes.
 *
 * @returns Names build and epoch, for the next copy.
 */
export async function copyState(store: Store, options: CopyStateOptions): Promise<string> {
  const { out, copied } = options
  const buildId = await currentBuildId(out)
  if (buildId === null) throw new Error(`nothing was built: ${out}`)
  const epoch = await readEpoch(out, buildId)
  const text = await readFile(join(out, BUILDS_FOLDER, buildId, MANIFEST_FILE), 'utf8')
  const state = `${buildId} ${epoch?.epoch} ${digestBytes(Buffer.from(text)).sha256}`
  if (state === copied) {
    await copyChanges(store, out, buildId)
    return state
  }
  const pointer = await readPointer(store)
  if (pointer.text === text) await copyChanges(store, out, buildId)
  else {
    await publishToStore(store, {
      ...options,
      pointer,
      copyChanges: async (_, id) => {
        await copyChanges(store, out, id)
      },
    })
  }
  return state
}
