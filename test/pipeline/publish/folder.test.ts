import { mkdir, readdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { assertArtifactsFolder } from '../../../pipeline/publish/folder.ts'
import { withWorkFolder } from '../../../pipeline/publish/publish.ts'
import { withFolder, writeFiles } from '../../helpers/folders.ts'

describe('assertArtifactsFolder', () => {
  it.each([
    ['an empty folder', {}],
    ['what git keeps of one', { 'README.md': '', '.gitignore': '' }],
    ['a denylist that was published first', { 'denylist.txt': '' }],
    ['builds', { 'builds/.new-1/pools.parquet': '', 'notes.txt': '' }],
  ])('accepts %s', async (_, files) => {
    await withFolder(async (out) => {
      await writeFiles(out, files)

      await expect(assertArtifactsFolder(out)).resolves.toBeUndefined()
    })
  })

  it('accepts a folder that is not there yet', async () => {
    await withFolder((folder) => assertArtifactsFolder(join(folder, 'new')))
  })

  it('refuses a folder with other files, and leaves it as it is', async () => {
    await withFolder(async (out) => {
      await writeFiles(out, { 'etc/passwd': '', 'tmp/x': '' })

      await expect(withWorkFolder(out, async () => 'built')).rejects.toThrow(
        `not an artifacts folder, it has other files such as etc; give --out an empty or new one: ${out}`,
      )
      expect((await readdir(out)).sort()).toEqual(['etc', 'tmp'])
    })
  })

  it('refuses a copy whose links were followed, before the work begins', async () => {
    await withFolder(async (out) => {
      await mkdir(join(out, 'builds/1'), { recursive: true })
      await mkdir(join(out, 'current'))

      await expect(assertArtifactsFolder(out)).rejects.toThrow(/^current is no link/)
    })
  })

  it('accepts a link that leads to a build', async () => {
    await withFolder(async (out) => {
      await mkdir(join(out, 'builds/1'), { recursive: true })
      await symlink('builds/1', join(out, 'current'))

      await expect(assertArtifactsFolder(out)).resolves.toBeUndefined()
    })
  })
})
