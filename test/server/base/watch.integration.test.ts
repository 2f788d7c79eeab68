import { symlink, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { type ActResult, readFingerprint, watch } from '../../../server/base/watch.ts'
import { withFolder } from '../../helpers/folders.ts'

describe('watch', () => {
  it('acts once per change', async () => {
    let state = 'a'
    const act = vi.fn(async (): Promise<ActResult> => 'good')
    const watcher = watch({ look: async () => state, act, seen: 'a', everyMs: 5 })

    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(act).toHaveBeenCalledTimes(0)
    state = 'b'
    await vi.waitFor(() => expect(act).toHaveBeenCalledTimes(1))
    await new Promise((resolve) => setTimeout(resolve, 30))
    watcher.stop()

    expect(act).toHaveBeenCalledTimes(1)
  })

  it('acts when told to, one act after the other', async () => {
    const running: string[] = []
    const act = async () => {
      running.push('begin')
      await new Promise((resolve) => setTimeout(resolve, 50))
      running.push('end')
      return 'good' as const
    }
    const watcher = watch({ look: async () => 'a', act, seen: 'a', everyMs: 1_000 })

    const first = watcher.actNow()
    await vi.waitFor(() => expect(running).toEqual(['begin']), { interval: 1 })
    await Promise.all([first, watcher.actNow()])
    watcher.stop()

    expect(running).toEqual(['begin', 'end', 'begin', 'end'])
  })

  it('joins requests that wait for the same act', async () => {
    const act = vi.fn(async (): Promise<ActResult> => 'good')
    const watcher = watch({ look: async () => 'a', act, seen: 'a', everyMs: 1_000 })

    await Promise.all(Array.from({ length: 60 }, () => watcher.actNow()))
    watcher.stop()

    expect(act).toHaveBeenCalledTimes(1)
  })

  it('tries again what failed, later and later, until it succeeds', async () => {
    const results: ActResult[] = ['failed', 'failed', 'failed', 'good']
    const triedMs: number[] = []
    const act = async () => {
      triedMs.push(performance.now())
      return results[triedMs.length - 1] ?? 'good'
    }
    const watcher = watch({ look: async () => 'b', act, seen: 'a', everyMs: 20 })

    await vi.waitFor(() => expect(triedMs).toHaveLength(4))
    await new Promise((resolve) => setTimeout(resolve, 100))
    watcher.stop()

    expect(triedMs).toHaveLength(4)
    const waits = triedMs.slice(1).map((ms, index) => ms - (triedMs[index] ?? 0))
    expect(waits[2]).toBeGreaterThan(79)
    expect(waits[1]).toBeGreaterThan(39)
  })

  it('does not try again what is bad before it changes', async () => {
    let state = 'b'
    const act = vi.fn(async (): Promise<ActResult> => 'bad')
    const watcher = watch({ look: async () => state, act, seen: 'a', everyMs: 5 })

    await vi.waitFor(() => expect(act).toHaveBeenCalledTimes(1))
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(act).toHaveBeenCalledTimes(1)
    state = 'c'
    await vi.waitFor(() => expect(act).toHaveBeenCalledTimes(2))
    watcher.stop()
  })

  it('acts again after a look that failed, though the state is the same', async () => {
    let error: Error | undefined = new Error('EMFILE')
    const look = async () => {
      if (error !== undefined) throw error
      return 'a'
    }
    const lookFailed = vi.fn()
    const act = vi.fn(async (): Promise<ActResult> => 'good')
    const watcher = watch({ look, act, lookFailed, seen: 'a', everyMs: 5 })

    await vi.waitFor(() => expect(lookFailed).toHaveBeenCalledWith(error))
    expect(act).toHaveBeenCalledTimes(0)
    error = undefined
    await vi.waitFor(() => expect(act).toHaveBeenCalledTimes(1))
    watcher.stop()
  })

  it('tells when what is on disk was last seen to be in use', async () => {
    let nowMs = 1_000
    let state = 'a'
    const results: ActResult[] = ['failed', 'bad', 'good']
    const act = async () => results.shift() ?? 'good'
    const look = async () => state
    const watcher = watch({ look, act, seen: 'a', everyMs: 60_000, now: () => nowMs })
    const lookAt = async (ms: number) => {
      nowMs = ms
      await watcher.actNow()
      return watcher.lastGoodMs()
    }

    expect(watcher.lastGoodMs()).toBe(1_000)
    state = 'b'
    expect(await lookAt(2_000)).toBe(1_000)
    expect(await lookAt(3_000)).toBe(1_000)
    expect(await lookAt(4_000)).toBe(4_000)
    watcher.stop()
  })
})

describe('fingerprintOf', () => {
  it('changes when a link is switched to another file, or there is none', async () => {
    await withFolder(async (folder) => {
      const link = join(folder, 'current')
      const seen = [await readFingerprint(link)]
      for (const name of ['a', 'b']) {
        await writeFile(join(folder, name), 'same')
        await unlink(link).catch(() => {})
        await symlink(name, link)
        seen.push(await readFingerprint(link))
      }

      expect(seen[0]).toBe('ENOENT')
      expect(new Set(seen).size).toBe(3)
    })
  })

  it('throws what does not tell whether there is a file', async () => {
    await expect(readFingerprint(`/${'x'.repeat(300)}`)).rejects.toMatchObject({
      code: 'ENAMETOOLONG',
    })
  })
})
