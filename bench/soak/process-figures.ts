/** What a process holds, as Linux tells it. */
import { readdir, readFile } from 'node:fs/promises'

/** Of one process. */
export interface ProcessFigures {
  readonly megabytes: number
  /** Files, sockets and pipes that are open. */
  readonly handles: number
}

/** Reads the resident memory and the open files of a process. Undefined: it has ended. */
export async function readFigures(pid: number | undefined): Promise<ProcessFigures | undefined> {
  if (pid === undefined) return undefined
  try {
    const status = await readFile(`/proc/${pid}/status`, 'utf8')
    const kilobytes = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0)
    const handles = (await readdir(`/proc/${pid}/fd`)).length
    return { megabytes: kilobytes / 1_024, handles }
  } catch {
    return undefined
  }
}

/** Finds the processes that a process has started. */
export async function findChildren(pid: number | undefined): Promise<readonly number[]> {
  if (pid === undefined) return []
  try {
    const tasks = await readdir(`/proc/${pid}/task`)
    const lists = await Promise.all(
      tasks.map((task) => readFile(`/proc/${pid}/task/${task}/children`, 'utf8')),
    )
    return lists.flatMap((list) => list.split(' ').filter((text) => text.trim() !== '')).map(Number)
  } catch {
    return []
  }
}
