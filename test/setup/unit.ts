/**
 * Holds unit tests to what is fast: no process, thread, port or database. A test that needs one of them, watches a folder,
 * or needs modules of its own (`vi.mock`), is an integration test and says so in its name: `*.integration.test.ts`.
 */
import childProcess from 'node:child_process'
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'
import workerThreads from 'node:worker_threads'

for (const name of [
  'spawn',
  'spawnSync',
  'exec',
  'execSync',
  'execFile',
  'execFileSync',
  'fork',
] as const) {
  Object.assign(childProcess, { [name]: refuse(`a process (${name})`) })
}
Object.assign(net.Server.prototype, { listen: refuse('a port') })
Object.assign(workerThreads, { Worker: refuse('a thread') })
syncBuiltinESMExports()

const { dlopen } = process
process.dlopen = (module, path, flags) => {
  if (path.includes('duckdb')) refuse('a database')()
  return flags === undefined ? dlopen(module, path) : dlopen(module, path, flags)
}

/** A function that can also be called with `new`. */
function refuse(what: string): () => never {
  return function refused() {
    throw new Error(`unit tests need no ${what}: name the file *.integration.test.ts`)
  }
}
