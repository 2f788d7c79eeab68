/** The input files of a shard in a folder. */
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { mapAtOnce } from '../base/at-once.ts'
import { fileStamp } from '../input/scan/inspect.ts'
import { findSources, type SourceFile } from '../input/sources.ts'
import type { Window } from '../input/window.ts'
import type { FoundFile } from './find.ts'
import { divide } from './ranges.ts'
import { identifyByStamp } from './record.ts'
import type { Shard } from './shard.ts'

/** Which files. */
export interface InputOptions {
  readonly input: string
  readonly followLinks: boolean
  readonly window: Window | null
  readonly shard: Shard
  /** Longer files are cut into ranges of so many bytes. */
  readonly rangeBytes: number
  readonly now: () => Date
}

/** A file changed less than this before it was read may change again without another time of change (cache/stamps.ts). */
const COARSEST_CLOCK_MS = 2000

/**
 * Finds the files of a shard. Those that a writer of ours is at are left out; younger ones than a file system's clock can
 * tell are waited for.
 *
 * @throws {PipelineError} If the folder cannot be read or holds no dataset.
 */
export async function findInFolder(options: InputOptions): Promise<FoundFile[]> {
  const { input, followLinks, window } = options
  const { files } = await findSources(resolve(input), { allowMissing: true, followLinks, window })
  const found = await mapAtOnce(files.filter(isWhole), describe)
  const own = await mapAtOnce(found, (file) => divide(file, options))
  await settle(own.flat(), options)
  return own.flat()
}

/** Tells whether nobody is known to be writing the file. */
export function isWhole({ linesBytes }: SourceFile): boolean {
  return linesBytes === undefined
}

async function describe(source: SourceFile): Promise<FoundFile> {
  return {
    source,
    identity: identifyByStamp(await fileStamp(source.fullPath)),
    withFile: (_, fn) => fn(source),
  }
}

async function settle(found: readonly FoundFile[], { now }: InputOptions): Promise<void> {
  const nowMs = now().getTime()
  const ages = found.map(({ identity }) => nowMs - Number(identity.split(' ')[1]) / 1e6)
  const youngest = Math.min(...ages.filter((age) => age >= 0))
  if (youngest < COARSEST_CLOCK_MS) await sleep(COARSEST_CLOCK_MS - youngest)
}
