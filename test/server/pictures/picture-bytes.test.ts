import { open, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createPictureCache, streamFile } from '../../../server/pictures/picture-bytes.ts'
import { withFolder } from '../../helpers/folders.ts'

describe('createPictureCache', () => {
  it('reads a picture once for those who ask at the same time, and keeps it', async () => {
    const cache = createPictureCache(100)
    let reads = 0
    const read = async () => {
      reads++
      return Buffer.alloc(10)
    }

    const [one, two] = await Promise.all([cache.get('a', read), cache.get('a', read)])
    const three = await cache.get('a', read)

    expect(reads).toBe(1)
    expect(two).toBe(one)
    expect(three).toBe(one)
  })

  it('lets go of what was not wanted for longest', async () => {
    const cache = createPictureCache(25)
    const reads: string[] = []
    const ask = (key: string) =>
      cache.get(key, async () => {
        reads.push(key)
        return Buffer.alloc(10)
      })

    for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) await ask(key)

    expect(reads).toEqual(['a', 'b', 'c', 'b'])
  })

  it('asks again for what could not be read', async () => {
    const cache = createPictureCache(25)
    await expect(cache.get('a', async () => Promise.reject(new Error('EIO')))).rejects.toThrow()

    expect(await cache.get('a', async () => Buffer.alloc(1))).toHaveLength(1)
  })
})

describe('streamFile', () => {
  it('gives a file in pieces', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'a')
      const bytes = Buffer.alloc(200_000, 'abc')
      await writeFile(path, bytes)

      const pieces: Uint8Array[] = []
      for await (const piece of streamFile(() => open(path), bytes.length)) pieces.push(piece)

      expect(pieces.length).toBe(4)
      expect(Buffer.concat(pieces).equals(bytes)).toBe(true)
    })
  })

  it('breaks off where the file has become shorter', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'a')
      await writeFile(path, Buffer.alloc(100_000))
      await truncate(path, 70_000)

      await expect(async () => {
        for await (const _ of streamFile(() => open(path), 100_000));
      }).rejects.toThrow('the file ends before byte 100000')
    })
  })
})
