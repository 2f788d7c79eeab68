/** Files of the changes on top of a build, as far as figures are wanted from them. Runs in the thread of details.ts. */
import type { Change } from '../../../contract/changes.ts'
import { ArtifactError } from '../../../contract/read.ts'
import { readChange } from '../../../contract/read-changes.ts'
import type { Dataset } from '../../../contract/schema.ts'
import type { PublishedFile } from './parquet-file.ts'
import { createRecent } from './recent.ts'

/** A run of changes on top of a build. */
export interface ChangesPlace {
  /** The artifacts folder. */
  readonly artifacts: string
  readonly buildId: string
  readonly epoch: string
}

/** A pool whose rows are those of a change. */
export interface ChangedPool {
  readonly dataset: Dataset
  readonly campaignId: number
  /** Of the change. */
  readonly n: number
}

/** Lists of outputs that are kept, each of some hundred bytes; the campaigns of most lists are changed by the last few. */
const recent = createRecent<Pick<PublishedFile, 'folder'> & Pick<Change, 'outputs'>>(256)

/**
 * Finds a file of a change.
 *
 * @throws {ArtifactError} If the change is gone, altered, or of another epoch.
 */
export async function findChangeFile(
  place: ChangesPlace,
  n: number,
  file: Change['outputs'][number]['file'],
): Promise<PublishedFile> {
  const { artifacts, buildId, epoch } = place
  const key = [artifacts, buildId, epoch, n].join(' ')
  const { folder, outputs } = await recent.get(key, () => readOutputs(place, n))
  const listed = outputs.find((output) => output.file === file)
  if (listed === undefined) throw new ArtifactError(`change ${n} does not list ${file}: ${folder}`)
  return { folder, listed }
}

async function readOutputs({ artifacts, buildId, epoch }: ChangesPlace, n: number) {
  const { change, folder } = await readChange(artifacts, buildId, n).catch((error: Error) => {
    const message = `change ${n} of build ${buildId}: ${error.message}`
    throw new ArtifactError(message, { fault: 'unreadable', cause: error })
  })
  if (change.epoch === epoch) return { folder, outputs: change.outputs }
  throw new ArtifactError(`change ${n} is of epoch ${change.epoch}, expected ${epoch}: ${folder}`)
}

/** Puts together the pools that are from the same change. */
export function groupByChange(pools: readonly ChangedPool[]): [n: number, pools: ChangedPool[]][] {
  const groups = new Map<number, ChangedPool[]>()
  for (const pool of pools) {
    const group = groups.get(pool.n)
    if (group === undefined) groups.set(pool.n, [pool])
    else group.push(pool)
  }
  return [...groups]
}
