/** Going on where a follower ended: the changes on top of the current build continue. */
import { ArtifactError } from '../../contract/read.ts'
import { PipelineError } from '../base/errors.ts'
import { type IdentityOptions, recomputeBuildId } from '../build/build-id.ts'
import { withoutPacking } from '../input/packing.ts'
import type { InputReader } from './input-reader.ts'
import type { Published } from './publisher.ts'
import { findPlaces, readServed, type Served } from './served.ts'

/** What going on needs. */
export interface ResumeOptions {
  readonly out: string
  readonly reader: InputReader
  readonly now: Date
  /** What decides what is built, but for the window. */
  readonly identity: Omit<IdentityOptions, 'window'>
  /** Days of the window; null = all. */
  readonly days: number | null
}

/**
 * Reads the files as far as they are published, so that what is counted next is what is not.
 *
 * @returns Null if the published state is not one that this follower can go on from: then a full build comes first.
 */
export async function resume(options: ResumeOptions): Promise<Published | null> {
  const { out, reader, now, identity, days } = options
  const served = await readServed(out).catch((error) => {
    if (error instanceof ArtifactError || error instanceof PipelineError) return null
    throw error
  })
  if (served === null || served.applied === null) return null
  const { manifest, applied } = served
  const { window } = manifest
  if ((window?.days ?? null) !== days) return null
  const id = await recomputeBuildId(manifest, { ...identity, window })
  if (id !== manifest.build_id) return null
  const places = findPlaces(served)
  if (!(await reader.catchUp(places, { duplicates: findEqual(served), now }))) return null
  if (reader.window?.day !== window?.day) return null
  return { buildId: id, ...applied, places }
}

/** Files that did not count when the build was made; a change of that is found when they are read. */
function findEqual({ manifest }: Served): Set<string> {
  const equal = manifest.inputs.filter(({ status }) => status === 'duplicate')
  const counted = manifest.inputs.filter(({ status }) => status !== 'duplicate')
  const paths = new Set(equal.map(({ path }) => withoutPacking(path)))
  for (const { path } of counted) paths.delete(withoutPacking(path))
  return paths
}
