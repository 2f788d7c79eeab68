import { symlink, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { fingerprintOf, watch } from '../../../server/process/watch.ts'
import { withFolder } from '../../helpers/folders.ts'

describe('watch', () => {
  it('acts once per change', async () => {
    let state = 'a'
    const act = vi.fn(async () => {})
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
      await new Promise((resolve) => setTimeout(resolve, 10))
      running.push('end')
    }
    const watcher = watch({ look: async () => 'a', act, seen: 'a', everyMs: 1_000 })

    await Promise.all([watcher.actNow(), watcher.actNow()])
    watcher.stop()

    expect(running).toEqual(['begin', 'end', 'begin', 'end'])
  })
})

describe('fingerprintOf', () => {
  it('changes when a link is switched to another file, or there is none', async () => {
    await withFolder(async (folder) => {
      const link = join(folder, 'current')
      const seen = [await fingerprintOf(link)]
      for (const name of ['a', 'b']) {
        await writeFile(join(folder, name), 'same')
        await unlink(link).catch(() => {})
        await symlink(name, link)
        seen.push(await fingerprintOf(link))
      }

      expect(seen[0]).toBe('ENOENT')
      expect(new Set(seen).size).toBe(3)
    })
  })
})
