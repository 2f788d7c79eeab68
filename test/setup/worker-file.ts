/** Stands for contract/worker-file.ts in tests: threads run what is compiled, as users have it. */

import { join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** Finds the compiled file of a worker thread. */
export function findWorkerFile(name: string, moduleUrl: string): URL {
  const source = fileURLToPath(new URL(`./${name}.js`, moduleUrl))
  return pathToFileURL(join(ROOT, 'dist', relative(ROOT, source)))
}
