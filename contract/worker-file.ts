/**
 * Finds the file that a worker thread starts with.
 *
 * Compiled code is run as it is. Node 20's worker threads do not inherit tsx's loader, so beside the source of each worker
 * lies an `.mjs` of the same name that registers it first.
 *
 * @param name - Without ending: `jobs` for `jobs.ts`, `jobs.mjs`, `jobs.js`.
 * @param moduleUrl - `import.meta.url` of a module in the same folder.
 */
export function findWorkerFile(name: string, moduleUrl: string): URL {
  const ending = moduleUrl.endsWith('.ts') ? 'mjs' : 'js'
  return new URL(`./${name}.${ending}`, moduleUrl)
}
