/** wrk: as many requests as a server answers. Debian has it: `apt-get install wrk`. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** What wrk says of a run. */
export interface WrkResult {
  readonly requestsPerSecond: number
  readonly p99Ms: number
}

const SCRIPT = fileURLToPath(new URL('campaigns.lua', import.meta.url))
const MS_PER_UNIT: Record<string, number> = { us: 0.001, ms: 1, s: 1000 }

/**
 * Asks for these campaigns in turn, over connections that ask as soon as they are answered.
 *
 * @throws {Error} If a request failed, or was answered with an error.
 */
export async function runWrk(
  url: string,
  campaigns: readonly string[],
  { connections, seconds }: { connections: number; seconds: number },
): Promise<WrkResult> {
  const flags = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '-s', SCRIPT, url, '--']
  const { stdout } = await promisify(execFile)('wrk', [...flags, ...campaigns])
  const fault = /(?:Socket errors|Non-2xx).*/.exec(stdout)?.[0]
  if (fault !== undefined) throw new Error(`requests failed at ${url}: ${fault}`)
  const [, p99, unit = ''] = /99%\s+([\d.]+)(us|ms|s)/.exec(stdout) ?? []
  return {
    requestsPerSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]),
    p99Ms: Number(p99) * (MS_PER_UNIT[unit] ?? Number.NaN),
  }
}
