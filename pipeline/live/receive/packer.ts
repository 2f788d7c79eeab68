import { packSegment } from '../../../contract/segments/pack.ts'

/** Packs segments, one after the other, beside all else. */
export interface Packer {
  /** @param paths - Below the input folder. */
  readonly pack: (paths: readonly string[]) => void
  /** Gives up what is under way: the next start ends it. */
  readonly stop: () => Promise<void>
}

/** @param note - Told of a segment that cannot be packed; it counts as it is. */
export function createPacker(input: string, note: (line: string) => void): Packer {
  const controller = new AbortController()
  let work: Promise<void> = Promise.resolve()
  const packOne = async (path: string) => {
    if (controller.signal.aborted) return
    await packSegment(input, path, controller.signal).catch((error: Error) =>
      note(`not packed: ${path}: ${error.message}`),
    )
  }
  return {
    pack: (paths) => {
      for (const path of paths) work = work.then(() => packOne(path))
    },
    stop: () => {
      controller.abort()
      return work
    },
  }
}
