import { type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { PROGRAMS } from '../../scripts/lib/programs.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** What a program wrote, and how it ended. */
export interface Ended {
  /** Null if a signal ended it. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs one of the programs as a process of its own, in the repository's folder. */
async function runProgram(
  program: keyof typeof PROGRAMS,
  args: readonly string[],
  options: SpawnOptions = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [PROGRAMS[program], ...args], {
    cwd: ROOT,
    timeout: 60_000,
    ...options,
  })
  const output = { stdout: '', stderr: '' }
  child.stdout?.on('data', (chunk) => (output.stdout += chunk))
  child.stderr?.on('data', (chunk) => (output.stderr += chunk))
  const [code] = await once(child, 'close')
  return { code, ...output }
}

/** Runs `pools`. */
export function runPools(...args: string[]): Promise<Ended> {
  return runProgram('pools', args)
}
