/** What the machine, or the container on it, lets this process use. */
import { readFileSync } from 'node:fs'
import { availableParallelism, freemem } from 'node:os'
import { join } from 'node:path'

/** What is known of a machine. */
export interface Machine {
  /** Bytes that are available now, the page cache counted as available. */
  readonly availableBytes: number
  /** Processors that this process may run on. */
  readonly processors: number
  /** The text of a file; null if it cannot be read. */
  readonly readText: (path: string) => string | null
}

/** The machine on which this runs. */
const THIS_MACHINE: Machine = {
  availableBytes: freemem(),
  processors: availableParallelism(),
  readText(path) {
    try {
      return readFileSync(path, 'utf8')
    } catch {
      return null
    }
  },
}

const CGROUPS = '/sys/fs/cgroup'

/** Share of the memory for the build; the rest is for what else runs, and for what a limit does not foresee. */
const MEMORY_SHARE = 0.8

/** Memory that a thread needs at least: its own tables, and DuckDB's buffers. Measured with `--memory-limit 256MB`. */
const THREAD_BYTES = 100e6

/**
 * Finds the memory that a build may take: {@link MEMORY_SHARE} of what the machine has left, or of the limit of its
 * control group (version 1 or 2) if that is less. Node 20 knows only some of these limits.
 *
 * @returns Like `204MB`.
 */
export function findMemoryLimit(machine: Machine = THIS_MACHINE): string {
  return `${Math.max(1, Math.floor(findMemoryBytes(machine) / 1e6))}MB`
}

/**
 * Finds the number of threads that a build may use: the processors, or what the quota of the control group amounts to
 * (rounded up) if that is less, or what the memory is enough for. Node 20 heeds no quota.
 */
export function findThreads(machine: Machine = THIS_MACHINE): number {
  const quota = Math.min(...readCpuQuotas(machine.readText))
  const forMemory = Math.max(1, Math.floor(findMemoryBytes(machine) / THREAD_BYTES))
  return Math.max(1, Math.min(machine.processors, Math.ceil(quota), forMemory))
}

function findMemoryBytes({ availableBytes, readText }: Machine): number {
  return MEMORY_SHARE * Math.min(availableBytes, ...readMemoryLimits(readText))
}

function readMemoryLimits(readText: Machine['readText']): number[] {
  const version1 = listFolders('memory', readText).map(
    (folder) => `${folder}/memory.limit_in_bytes`,
  )
  const version2 = listFolders('', readText).map((folder) => `${folder}/memory.max`)
  return [...version1, ...version2].flatMap((path) => parseLimit(readText(path)))
}

/** Processors that each group on the way up may use. */
function readCpuQuotas(readText: Machine['readText']): number[] {
  const version1 = listFolders('cpu', readText).map((folder) => [
    readText(`${folder}/cpu.cfs_quota_us`),
    readText(`${folder}/cpu.cfs_period_us`),
  ])
  const version2 = listFolders('', readText).map(
    (folder) => readText(`${folder}/cpu.max`)?.split(' ') ?? [],
  )
  return [...version1, ...version2].flatMap(([quota = null, period = null]) => {
    const [time] = parseLimit(quota)
    const [per] = parseLimit(period)
    return time === undefined || per === undefined ? [] : [time / per]
  })
}

/**
 * Lists the folders of a controller's groups, from that of this process up: a limit holds for all below. Within a
 * container the path that /proc names may be that of the host; then only the root is there.
 *
 * @param controller - Of version 1; empty for version 2, which has one tree.
 */
function listFolders(controller: string, readText: Machine['readText']): string[] {
  const lines = (readText('/proc/self/cgroup') ?? '').split('\n').map((line) => line.split(':'))
  const names = (list = '') => list.split(',')
  const path = lines
    .find(([, list]) => names(list).includes(controller))
    ?.slice(2)
    .join(':')
  if (path === undefined) return []
  const parts = path.split('/').filter((part) => part !== '')
  return parts
    .map((_, index) => join(CGROUPS, controller, ...parts.slice(0, parts.length - index)))
    .concat(join(CGROUPS, controller))
}

/** `max` and -1 mean that there is no limit. */
function parseLimit(text: string | null): number[] {
  const limit = Number(text?.trim() || Number.NaN)
  return limit > 0 ? [limit] : []
}
