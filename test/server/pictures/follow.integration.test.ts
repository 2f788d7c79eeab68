import { mkdir, rename, rm, symlink, unlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { followImages, type PicturesChange } from '../../../server/pictures/follow.ts'
import { answerImage } from '../../../server/pictures/images.ts'
import { withFolder, writeFiles } from '../../helpers/folders.ts'

const JPEG = Buffer.from('ffd8ffe000104a464946000101', 'hex')
const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')

/** Follows a folder with one picture, looking every 5 ms. */
function withFollowed(
  fn: (followed: {
    folder: string
    ids: () => number[]
    type: (id: number) => Promise<string | undefined>
    changes: PicturesChange[]
  }) => Promise<void>,
  prepare: (folder: string) => Promise<unknown> = (folder) =>
    writeFile(join(folder, 'image_30.png'), JPEG),
) {
  return withFolder(async (folder) => {
    await prepare(folder)
    const changes: PicturesChange[] = []
    const followed = await followImages(folder, (change) => changes.push(change), 5)
    try {
      await fn({
        folder,
        changes,
        ids: () => [...followed.images.paths.keys()].sort(),
        type: async (id) =>
          (await answerImage(followed.images, String(id), undefined)).headers['Content-Type'],
      })
    } finally {
      followed.stop()
    }
  })
}

describe('followImages', () => {
  it('shows a picture that is added, and one that is removed no more', async () => {
    await withFollowed(async ({ folder, ids, type }) => {
      await writeFile(join(folder, 'image_40.png'), PNG)
      await vi.waitFor(() => expect(ids()).toEqual([30, 40]))
      expect(await type(40)).toBe('image/png')

      await rm(join(folder, 'image_30.png'))
      await vi.waitFor(() => expect(ids()).toEqual([40]))
    })
  })

  it('shows a picture once it is written whole, long after its file was made', async () => {
    await withFollowed(async ({ folder, ids }) => {
      const path = join(folder, 'image_40.png')
      await writeFile(path, '')
      await utimes(folder, 1_700_000_000, 1_700_000_000)
      await new Promise((resolve) => setTimeout(resolve, 50))
      expect(ids()).toEqual([30])

      await writeFile(path, PNG)

      await vi.waitFor(() => expect(ids()).toEqual([30, 40]))
    })
  })

  it('follows a mounted ConfigMap: links to a folder that is switched', async () => {
    const prepare = async (folder: string) => {
      await writeFiles(folder, { '..1/image_30.png': JPEG })
      await symlink('..1', join(folder, '..data'))
      await symlink('..data/image_30.png', join(folder, 'image_30.png'))
    }
    await withFollowed(async ({ folder, ids, type }) => {
      expect(await type(30)).toBe('image/jpeg')
      await writeFiles(folder, { '..2/image_30.png': PNG, '..2/image_40.png': PNG })
      await symlink('..2', join(folder, '..data_tmp'))
      await symlink('..data/image_40.png', join(folder, 'image_40.png'))
      await rename(join(folder, '..data_tmp'), join(folder, '..data'))

      await vi.waitFor(() => expect(ids()).toEqual([30, 40]))
      expect(await type(30)).toBe('image/png')
    }, prepare)
  })

  it('names a link out of the folder, and never sends what it leads to', async () => {
    await withFollowed(async ({ folder, ids, type, changes }) => {
      await withFolder(async (other) => {
        await writeFile(join(other, 'secret'), PNG)
        await symlink(join(other, 'secret'), join(folder, 'image_40.png'))
        await vi.waitFor(() => expect(changes).toHaveLength(1))

        expect(changes[0]).toMatchObject({
          ...{ result: 'ok' },
          list: {
            leftOut: [
              {
                path: join(folder, 'image_40.png'),
                why: 'a link out of the folder, or to nothing',
              },
            ],
          },
        })
        await unlink(join(folder, 'image_30.png'))
        await symlink(join(other, 'secret'), join(folder, 'image_30.png'))
        expect(await type(30)).toBe('image/svg+xml')
        expect(ids()).not.toContain(40)
      })
    })
  })

  it('keeps the last list while the folder is away, says so once, and goes on after', async () => {
    await withFollowed(async ({ folder, ids, changes }) => {
      await rename(folder, `${folder}.away`)
      await vi.waitFor(() => expect(changes).toHaveLength(1))
      await new Promise((resolve) => setTimeout(resolve, 50))

      expect(changes).toMatchObject([
        { result: 'error', error: { message: expect.stringContaining('(ENOENT)') } },
      ])
      expect(ids()).toEqual([30])

      await rename(`${folder}.away`, folder)
      await writeFile(join(folder, 'image_40.png'), PNG)
      await vi.waitFor(() => expect(ids()).toEqual([30, 40]))
      expect(changes.at(-1)?.result).toBe('ok')
    })
  })

  it('keeps the last list of a folder that has become empty, as a mount that is gone', async () => {
    await withFollowed(async ({ folder, ids, changes }) => {
      await mkdir(`${folder}.empty`)
      await rename(folder, `${folder}.away`)
      await rename(`${folder}.empty`, folder)

      await vi.waitFor(() => expect(changes.at(-1)?.result).toBe('error'))
      expect(ids()).toEqual([30])
      await rm(`${folder}.away`, { recursive: true })
    })
  })
})
