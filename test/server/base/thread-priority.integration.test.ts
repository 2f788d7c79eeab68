import { once } from 'node:events'
import { platform } from 'node:os'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'

interface Priorities {
  readonly thread: number
  readonly process: number
}

describe.runIf(platform() === 'linux')('stepBehindRequests', () => {
  it('lowers the priority of its thread and of no other', { timeout: 60_000 }, async () => {
    const worker = new Worker(new URL('../../helpers/priority-worker.mjs', import.meta.url))

    const [{ before, after }] = (await once(worker, 'message')) as [
      { before: Priorities; after: Priorities },
    ]
    await worker.terminate()

    expect(after.thread).toBe(Math.max(before.thread, 10))
    expect(after.process).toBe(before.process)
  })
})
