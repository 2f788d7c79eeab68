/** The program as a process of its own, which can be killed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** A process that runs. */
export interface ProgramProcess {
  readonly pid: number
  /** What it wrote to stderr so far. */
  readonly log: () => string
  /** Waits until its log holds a text. */
  waitFor(text: string): Promise<void>
  /** As power loss for the process: nothing of it runs any more. */
  kill(): Promise<void>
  /** As an operator. */
  stop(): Promise<number | null>
}

/**
 * Starts Node.js.
 *
 * @param words - Its file and flags; relative paths are of the checkout.
 * @param env - Beside the environment of this process.
 */
export function spawnProgram(
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ProgramProcess {
  const child = spawn(process.execPath, words, {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env },
  })
  let log = ''
  child.stderr?.on('data', (chunk) => (log += chunk))
  const ended = once(child, 'close')
  return {
    pid: child.pid ?? 0,
    log: () => log,
    async waitFor(text) {
      while (!log.includes(text)) {
        if (child.exitCode !== null) throw new Error(`the process ended: ${log}`)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    },
    kill: () => end(child, 'SIGKILL', ended),
    async stop() {
      await end(child, 'SIGTERM', ended)
      return child.exitCode
    },
  }
}

async function end(
  child: ChildProcess,
  signal: NodeJS.Signals,
  ended: Promise<unknown>,
): Promise<void> {
  child.kill(signal)
  await ended
}
