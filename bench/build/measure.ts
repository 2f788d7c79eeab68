import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** A step of a build. */
export interface Step {
  readonly name: string
  readonly wallMs: number
}

/** What one run of a way took. */
export interface Sample {
  readonly wallMs: number
  readonly cpuMs: number
  /** Greatest resident size of the process; null where that says little. */
  readonly peakMb: number | null
  /** Greatest size of what did not fit into memory. */
  readonly spillMb?: number
  readonly steps?: readonly Step[]
  /** sha256 of the pools as lines `dataset,campaign_id,rank,banner_id`, where the way tells. */
  readonly pools?: string
}

/** Enough for the steps of a build. */
const MAX_OUTPUT_BYTES = 1 << 20

/** Runs a program that prints a {@link Sample} as its last line of JSON. */
export async function measure(command: string, args: readonly string[]): Promise<Sample> {
  const { stdout } = await promisify(execFile)(command, [...args], { maxBuffer: MAX_OUTPUT_BYTES })
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Sample
}

/** Runs `target.ts` and the like with the Node and the loader of this process. */
export function measureScript(url: URL, args: readonly string[]): Promise<Sample> {
  return measure(process.execPath, ['--import', 'tsx', url.pathname, ...args])
}
