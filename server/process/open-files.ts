/** How many connections a process may have: files for everything else must be left. */

/** Files that are kept for builds, pictures, the denylist, threads, and the operations listener. */
const RESERVE = 256

/** Connections of one process, some 20 kB each. */
const MAX_CONNECTIONS = 10_000

/** Where the system does not tell: the usual limit. */
const USUAL_LIMIT = 1_024

/** Finds the greatest number of connections: below the limit of open files by a reserve, by half if the limit is low. */
export function findMaxConnections(openFiles = readOpenFilesLimit()): number {
  const left = openFiles - Math.min(RESERVE, Math.ceil(openFiles / 2))
  return Math.min(left, MAX_CONNECTIONS)
}

/** The soft limit of this process; Node raises it to the hard one at its start. */
function readOpenFilesLimit(): number {
  const { userLimits } = process.report.getReport() as { userLimits?: UserLimits }
  const limit = Number(userLimits?.open_files?.soft)
  // 'unlimited' is no number.
  return Number.isNaN(limit) ? USUAL_LIMIT : limit
}

interface UserLimits {
  readonly open_files?: { readonly soft: number | string }
}
