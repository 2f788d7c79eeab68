import { fileURLToPath } from 'node:url'

/** What Node starts each program from, compiled as users have it: a source that is newer is compiled first. */
export const PROGRAMS = {
  pools: fileURLToPath(new URL('../../bin/pools.mjs', import.meta.url)),
  serve: fileURLToPath(new URL('../../bin/serve.mjs', import.meta.url)),
} as const
