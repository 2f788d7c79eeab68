import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { PROGRAMS } from './programs.ts'

/** What a server said until it ended. */
export interface Result {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/**
 * Runs the server as a process; `serving` is called once it listens, and with its end the process is told to stop.
 *
 * @throws {Error} If it ends before it listens though `serving` waits for it: a test must not pass unasked.
 */
export async function runServer(
  flags: readonly string[],
  serving?: (url: string, child: ChildProcess, ops: string) => Promise<void>,
  env: Readonly<Record<string, string>> = {},
): Promise<Result> {
  const child = spawn(process.execPath, [PROGRAMS.serve, ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Servers of several tests run at once, and 9464 is one port.
    env: { PATH: process.env.PATH, BANNER_POOLS_OPS_PORT: 'off', ...env },
  })
  const exit = once(child, 'exit')
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => {
    output.stdout += chunk
  })
  const listening = new Promise<string | undefined>((resolve) => {
    child.stderr.on('data', (chunk: Buffer) => {
      output.stderr += chunk
      const url = /listening on ((?:http|unix):\S+),/.exec(output.stderr)?.[1]
      if (url !== undefined) resolve(url)
    })
    child.once('close', () => resolve(undefined))
  })
  try {
    const url = await listening
    const ops = /operations on (http:[\w.:/]+)/.exec(output.stderr)?.[1] ?? ''
    if (url === undefined && serving !== undefined) {
      throw new Error(`the server did not start: ${output.stderr}`)
    }
    if (url !== undefined) await serving?.(url, child, ops)
  } finally {
    child.kill('SIGTERM')
  }
  const [code] = await exit
  return { code: code as number | null, ...output }
}

/** The log lines of a server that ran off a terminal. */
export function parseLog({ stderr }: Result): Record<string, unknown>[] {
  const lines = stderr.split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line))
}
