/** A start with counts that were saved: the files are hashed up to their places, and not counted again. */
import { PipelineError } from '../base/errors.ts'
import { isPacked } from '../input/packing.ts'
import { readBlocks } from '../input/scan/blocks.ts'
import type { Place } from '../state/file-counts.ts'
import type { CountsState } from '../state/state.ts'
import type { LogFile } from './log-file.ts'

/**
 * Makes sure that saved counts are whole and of the files that are there, and sets each file to its place.
 *
 * @param files - Not read yet. Those that the counts do not have begin at their first line.
 * @returns Null if the counts may be gone on with, else why not in a sentence; then no file was set.
 */
export async function goOn(state: CountsState, files: readonly LogFile[]): Promise<string | null> {
  const byPath = new Map(files.map((file) => [file.name.path, file]))
  const places = state.places()
  if (places.length === 0) return 'nothing is saved'
  try {
    state.loadAll()
  } catch (error) {
    return (error as Error).message
  }
  const goOnWith: (() => void)[] = []
  for (const place of places) {
    const file = byPath.get(place.path)
    if (file === undefined) return `${place.path} is not there`
    if (file.isDuplicate !== place.isDuplicate) return `${place.path} is a duplicate, or was one`
    const isWhole = await resumeFile(state, file, place)
    if (isWhole === null) return `${place.path} has other lines`
    const goOnWithFile = await file.prepare(place, isWhole)
    // It was renamed, packed or removed in this moment.
    if (goOnWithFile === null) return `${place.path} is not there`
    goOnWith.push(goOnWithFile)
  }
  for (const goOnWithFile of goOnWith) goOnWithFile()
  return null
}

/** Tells whether the file ends at its place; null if it has other lines. */
async function resumeFile(
  state: CountsState,
  { fullPath }: LogFile,
  place: Place,
): Promise<boolean | null> {
  let bytes = 0
  async function* readToPlace(): AsyncGenerator<Buffer> {
    // A packed file is unpacked to its end, which tells whether there are lines behind the place.
    const length = isPacked(fullPath) ? Number.POSITIVE_INFINITY : place.bytes
    for await (const block of readBlocks(fullPath, () => undefined, undefined, length)) {
      const left = Math.max(0, place.bytes - bytes)
      bytes += block.length
      if (left > 0) yield block.subarray(0, left)
    }
  }
  try {
    return (await state.resume(place, readToPlace())) ? bytes === place.bytes : null
  } catch (error) {
    if (error instanceof PipelineError) return null
    throw error
  }
}
