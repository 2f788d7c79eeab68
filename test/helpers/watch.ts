import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { PROGRAMS } from '../../scripts/lib/programs.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** What a watch prints of a build with `--json`. */
interface WatchResult {
  readonly status: 'built' | 'current' | 'failed'
  readonly build_id?: string
}

/** The results of a watch as they come. */
export interface WatchResults {
  next(): Promise<WatchResult>
}

/**
 * Runs `pools watch` while `fn` runs, then stops it as an operator does.
 *
 * @param args - Among them `--json`.
 * @throws {Error} If it does not stop with exit code 0.
 */
export async function runWatch(
  args: readonly string[],
  fn: (results: WatchResults) => Promise<void>,
): Promise<void> {
  const command = [PROGRAMS.pools, 'watch', ...args]
  const child = spawn(process.execPath, command, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
  let stderr = ''
  child.stderr.on('data', (chunk) => (stderr += chunk))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const ended = once(child, 'exit')
  try {
    await fn({
      async next() {
        const { value, done } = await lines.next()
        if (done === true) throw new Error(`the watch ended: ${stderr}`)
        return JSON.parse(value) as WatchResult
      },
    })
  } finally {
    child.kill('SIGTERM')
  }
  const [code] = await ended
  if (code !== 0) throw new Error(`exit code ${code}: ${stderr}`)
}
