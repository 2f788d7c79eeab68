/** wrk: as many requests as a server answers. Debian has it: `apt-get install wrk`. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** What wrk says of a run. */
export interface WrkResult {
  readonly requestsPerSecond: number
  readonly p99Ms: number
  /** Of the answers, headers included; wrk tells three digits. */
  readonly bytesPerRequest: number
}

const SCRIPT = fileURLToPath(new URL('campaigns.lua', import.meta.url))
const BYTES_PER_UNIT: Record<string, number> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 }
const MS_PER_UNIT: Record<string, number> = { us: 0.001, ms: 1, s: 1000 }

/** How long, and over how many connections that ask as soon as they are answered. */
export interface WrkLoad {
  readonly connections: number
  readonly seconds: number
}

/**
 * Asks for these campaigns in turn.
 *
 * @throws {Error} If a request failed, or was answered with an error.
 */
export function runWrk(
  url: string,
  campaigns: readonly string[],
  load: WrkLoad,
): Promise<WrkResult> {
  return run(['-s', SCRIPT, url, '--', ...campaigns], load)
}

/**
 * Asks for one URL with the same headers again and again: without a script wrk takes a third of the time for a request.
 *
 * @throws {Error} If a request failed, or was answered with an error.
 */
export function runWrkPlain(
  url: string,
  headers: Readonly<Record<string, string>>,
  load: WrkLoad,
): Promise<WrkResult> {
  const flags = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`])
  return run([...flags, url], load)
}

async function run(args: readonly string[], { connections, seconds }: WrkLoad): Promise<WrkResult> {
  const flags = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', ...args]
  const { stdout } = await promisify(execFile)('wrk', flags)
  const fault = /(?:Socket errors|Non-2xx).*/.exec(stdout)?.[0]
  if (fault !== undefined) throw new Error(`requests failed by wrk ${args.join(' ')}: ${fault}`)
  const [, p99, unit = ''] = /99%\s+([\d.]+)(us|ms|s)/.exec(stdout) ?? []
  const [, requests, read, size = ''] =
    /(\d+) requests in [\d.]+\w+, ([\d.]+)([KMG]?)B read/.exec(stdout) ?? []
  return {
    bytesPerRequest: (Number(read) * (BYTES_PER_UNIT[size] ?? Number.NaN)) / Number(requests),
    requestsPerSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]),
    p99Ms: Number(p99) * (MS_PER_UNIT[unit] ?? Number.NaN),
  }
}
