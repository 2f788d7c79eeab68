import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where downloads are kept, unless somebody says otherwise. */
export function defaultCache(env: Readonly<Record<string, string | undefined>>): string {
  return join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'banner-pools')
}
