import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { createJobThread, type JobThread } from '../../../server/base/job-thread.ts'
import { withFolder } from '../../helpers/folders.ts'

const JOBS = `
export function double(number) { return 2 * number }
export function hang() { return new Promise(() => setInterval(() => {}, 1000)) }
`

/** Gives `fn` a thread, and the limits of the jobs that were begun, in order. */
async function withThread(
  fn: (thread: JobThread, limits: readonly AbortController[]) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const path = join(folder, 'jobs.mjs')
    await writeFile(path, JOBS)
    const limits: AbortController[] = []
    const startLimit = () => {
      const limit = new AbortController()
      limits.push(limit)
      return limit.signal
    }
    const file = pathToFileURL(path)
    const thread = createJobThread({ file, idleMs: 60_000, limitMs: 60_000, startLimit })
    try {
      await fn(thread, limits)
    } finally {
      await thread.stop()
    }
  })
}

describe('createJobThread', () => {
  it('does one job after the other', async () => {
    await withThread(async (thread) => {
      const answers = [1, 2, 3].map((number) => thread.run('double', number))

      expect(thread.queueSize()).toBe(3)
      expect(await Promise.all(answers)).toEqual([2, 4, 6])
      expect(thread.queueSize()).toBe(0)
    })
  })

  it('counts no time of a job that waits for another', async () => {
    await withThread(async (thread, limits) => {
      const hanging = thread.run('hang', undefined)
      const next = thread.run('double', 4)
      await expect.poll(() => limits.length).toBe(1)

      limits[0]?.abort()

      await expect(hanging).rejects.toMatchObject({ name: 'AbortError' })
      expect(await next).toBe(8)
      expect(limits).toHaveLength(2)
    })
  })

  it('does not begin a job that is not wanted any more', async () => {
    await withThread(async (thread, limits) => {
      const unwanted = new AbortController()
      const first = thread.run('double', 1)
      const second = thread.run('double', 2, unwanted.signal)
      unwanted.abort()

      expect(await first).toBe(2)
      await expect(second).rejects.toMatchObject({ name: 'AbortError' })
      expect(limits).toHaveLength(1)
    })
  })
})
