/** What is written down every few seconds of a soak. */
import { statfs } from 'node:fs/promises'
import { percentile } from '../load/load-report.ts'
import { findChildren, type ProcessFigures, readFigures } from './process-figures.ts'
import type { Program } from './programs.ts'
import type { Traffic } from './visitors.ts'

/** The processes whose memory and handles are followed. */
export const PROCESSES = ['server', 'worker', 'follower'] as const

/** One line of `samples.jsonl`. */
export interface Sample {
  readonly seconds: number
  readonly requests: number
  readonly interrupted: number
  readonly postponed: number
  readonly late: number
  readonly faults: Readonly<Record<string, number>>
  readonly p50: number | null
  readonly p99: number | null
  readonly p999: number | null
  readonly max: number | null
  readonly processes: Readonly<Partial<Record<(typeof PROCESSES)[number], ProcessFigures>>>
  /** Seconds since the last change that is served was made; null: not known. */
  readonly changeAge: number | null
  readonly diskMegabytes: number
  /** What began since the last sample. */
  readonly happened: readonly string[]
}

/** Where the figures come from. */
export interface Sampled {
  readonly seconds: number
  readonly traffic: Traffic
  readonly server: Program
  readonly follower: Program
  readonly opsPort: number
  readonly disk: string
  readonly happened: readonly string[]
}

/** Takes a sample. */
export async function takeSample(sampled: Sampled): Promise<Sample> {
  const { seconds, traffic, server, follower, opsPort, disk, happened } = sampled
  const latencies = Float64Array.from(traffic.latenciesMs).sort()
  const at = (share: number) => {
    return latencies.length === 0 ? null : Number(percentile(latencies, share).toFixed(2))
  }
  const { blocks, bfree, bsize } = await statfs(disk)
  return {
    seconds: Math.round(seconds),
    requests: traffic.requests,
    interrupted: traffic.interrupted,
    postponed: traffic.postponed,
    late: traffic.late,
    faults: Object.fromEntries(traffic.faults),
    ...{ p50: at(0.5), p99: at(0.99), p999: at(0.999), max: at(1) },
    processes: await readProcesses(server, follower),
    changeAge: await readChangeAge(opsPort),
    diskMegabytes: Math.round(((blocks - bfree) * bsize) / 1e6),
    happened,
  }
}

/** Of the workers, the greater figures. */
async function readProcesses(server: Program, follower: Program): Promise<Sample['processes']> {
  const workers = await Promise.all((await findChildren(server.pid)).map(readFigures))
  const found = workers.filter((figures) => figures !== undefined)
  const worker = {
    megabytes: Math.max(0, ...found.map(({ megabytes }) => megabytes)),
    handles: Math.max(0, ...found.map(({ handles }) => handles)),
  }
  const first = await readFigures(server.pid)
  const following = await readFigures(follower.pid)
  return {
    ...(first && { server: first }),
    ...(found.length > 0 && { worker }),
    ...(following && { follower: following }),
  }
}

async function readChangeAge(port: number): Promise<number | null> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/metrics`, {
      signal: AbortSignal.timeout(3_000),
    })
    const text = await response.text()
    const value = /^banner_pools_change_age_seconds (\S+)$/m.exec(text)?.[1]
    return value === undefined ? null : Number(value)
  } catch {
    return null
  }
}
