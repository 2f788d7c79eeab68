import { describe, expect, it } from 'vitest'
import { runThread, ThreadEndedError } from '../../contract/run-thread.ts'

/** A thread that runs these lines. */
function threadOf(lines: string): URL {
  const imports = `import { parentPort, workerData } from 'node:worker_threads';`
  return new URL(`data:text/javascript,${encodeURIComponent(imports + lines)}`)
}

const HANGS = 'setInterval(() => undefined, 1000)'

describe('runThread', () => {
  it('gives the first message of the thread, which is told its task', async () => {
    const thread = threadOf('parentPort.postMessage(workerData.campaign + 1)')

    expect(await runThread<number>(thread, { campaign: 7 })).toBe(8)
  })

  it('ends the thread with its first message', async () => {
    const thread = threadOf(`parentPort.postMessage(1); ${HANGS}`)

    expect(await runThread<number>(thread, null)).toBe(1)
  })

  it('throws what the thread throws', async () => {
    const thread = threadOf(`throw new RangeError('no such campaign')`)

    await expect(runThread(thread, null)).rejects.toThrow(new RangeError('no such campaign'))
  })

  it('says that the thread ended without a result', async () => {
    await expect(runThread(threadOf('process.exit(3)'), null)).rejects.toThrow('exit code 3')
  })

  it('ends a thread that takes too long', async () => {
    await expect(runThread(threadOf(HANGS), null, { limitMs: 200 })).rejects.toThrow(
      ThreadEndedError,
    )
  })

  it('ends a thread that is not wanted any more, and starts none then', async () => {
    const stopping = new AbortController()
    const running = runThread(threadOf(HANGS), null, { signal: stopping.signal })
    stopping.abort()

    await expect(running).rejects.toThrow(ThreadEndedError)
    await expect(runThread(threadOf(HANGS), null, { signal: stopping.signal })).rejects.toThrow(
      'aborted',
    )
  })
})
