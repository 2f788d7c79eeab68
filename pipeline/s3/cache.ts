import { homedir } from 'node:os'
import { join } from 'node:path'
import { PipelineError } from '../base/errors.ts'

/**
 * Where downloads are kept, unless somebody says otherwise. Asked only where there are any: not every user has a home.
 *
 * @throws {PipelineError} If there is no home folder.
 */
export function defaultCache(env: Readonly<Record<string, string | undefined>>): string {
  const { XDG_CACHE_HOME } = env
  if (XDG_CACHE_HOME) return join(XDG_CACHE_HOME, 'banner-pools')
  try {
    return join(homedir(), '.cache', 'banner-pools')
  } catch (error) {
    throw new PipelineError('there is no home folder for downloads, set HOME or --cache', {
      cause: error,
    })
  }
}
