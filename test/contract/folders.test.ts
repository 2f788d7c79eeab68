import { mkdir, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeFolders } from '../../contract/folders.ts'
import { withFolder } from '../helpers/folders.ts'

describe('makeFolders', () => {
  it('makes a folder and those above it, and leaves what is there', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'a', 'b', 'c')

      await Promise.all(Array.from({ length: 8 }, () => makeFolders(path)))
      await writeFile(join(path, 'file'), 'kept')
      await makeFolders(path)

      expect((await stat(join(path, 'file'))).size).toBe(4)
    })
  })

  it('takes a link to a folder, with a slash behind it or none', async () => {
    await withFolder(async (folder) => {
      await mkdir(join(folder, 'real'))
      await symlink('real', join(folder, 'link'))

      await makeFolders(`${join(folder, 'link')}/`)
      await makeFolders(join(folder, 'link', 'below/'))

      expect((await stat(join(folder, 'real', 'below'))).isDirectory()).toBe(true)
    })
  })

  it('fails where a part of the path is a file', async () => {
    await withFolder(async (folder) => {
      await writeFile(join(folder, 'file'), '')

      await expect(makeFolders(join(folder, 'file'))).rejects.toMatchObject({ code: 'EEXIST' })
      await expect(makeFolders(join(folder, 'file/a/b'))).rejects.toMatchObject({ code: 'ENOTDIR' })
    })
  })

  it.runIf(process.platform === 'linux').each(['/proc/x', '/proc/x/y'])(
    'fails at once where a folder that is there takes no others: %s',
    async (path) => {
      await expect(makeFolders(path)).rejects.toMatchObject({ code: 'ENOENT' })
    },
  )
})
