import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { PROGRAMS } from '../../../scripts/lib/programs.ts'

/** A command that is running. */
export interface Running {
  readonly process: ChildProcess
  /** What it has said so far. */
  readonly said: () => string
  readonly ended: Promise<{ code: number | null; stderr: string }>
}

/** Starts `pools build --engine trino`. */
export function startBuild(
  flags: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Running {
  const child = spawn(process.execPath, [PROGRAMS.pools, 'build', '--engine', 'trino', ...flags], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr?.on('data', (chunk) => {
    said += chunk
  })
  const ended = once(child, 'close').then(([code]) => ({
    code: code as number | null,
    stderr: said,
  }))
  return { process: child, said: () => said, ended }
}

/** Waits until a command has said something. */
export async function untilSaid({ said, process: child }: Running, words: string): Promise<void> {
  while (!said().includes(words)) {
    if (child.exitCode !== null) throw new Error(`ended too soon: ${said()}`)
    await sleep(20)
  }
}
