/** Full builds of a follower: a batch over fixed lengths of the files, in a thread and a folder of its own. */
import { join } from 'node:path'
import { runThread } from '../../contract/run-thread.ts'
import { PipelineError } from '../base/errors.ts'
import type { BuildOptions } from '../build/options.ts'

/** Folder below the artifacts folder in which a follower makes builds, before they are published. */
const FOLLOW_FOLDER = '.follow'

/** What a follower decides of its builds; plain data. */
export type FullBuildOptions = Pick<
  BuildOptions,
  | 'input'
  | 'seed'
  | 'renames'
  | 'keepEqualFiles'
  | 'followLinks'
  | 'window'
  | 'lengths'
  | 'threads'
  | 'memoryLimit'
> & { readonly out: string }

/** What the thread answers. */
export type FullBuildAnswer =
  | { readonly buildId: string; readonly folder: string }
  | { readonly failure: string }

/** A build that was made. */
export interface FullBuild {
  readonly id: string
  readonly folder: string
}

/**
 * Makes a build without publishing it. The caller goes on meanwhile.
 *
 * @param thread - The file that makes it; its message is a {@link FullBuildAnswer}.
 * @throws {PipelineError} If the input or a check does not allow it.
 */
export async function makeFullBuild(thread: URL, options: FullBuildOptions): Promise<FullBuild> {
  const workerData = { ...options, out: join(options.out, FOLLOW_FOLDER) }
  const answer = await runThread<FullBuildAnswer>(thread, workerData)
  if ('failure' in answer) throw new PipelineError(answer.failure)
  return { id: answer.buildId, folder: answer.folder }
}
