import { execFileSync } from 'node:child_process'
import { pbkdf2 } from 'node:crypto'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { readSmallFile } from '../../contract/small-file.ts'
import { withFolder } from '../helpers/folders.ts'

const pbkdf2Async = promisify(pbkdf2)

const LIMITS = { maxBytes: 10 }

describe('readSmallFile', () => {
  it('reads a file of just the greatest size, also through a link', async () => {
    await withFolder(async (folder) => {
      await writeFile(join(folder, 'file'), '0123456789')
      await symlink('file', join(folder, 'link'))

      expect(String(await readSmallFile(join(folder, 'file'), LIMITS))).toBe('0123456789')
      expect(String(await readSmallFile(join(folder, 'link'), LIMITS))).toBe('0123456789')
    })
  })

  it('reads an empty file', async () => {
    await withFolder(async (folder) => {
      await writeFile(join(folder, 'file'), '')

      expect(await readSmallFile(join(folder, 'file'), LIMITS)).toHaveLength(0)
    })
  })

  it('refuses a file of one byte more', async () => {
    await withFolder(async (folder) => {
      await writeFile(join(folder, 'file'), '0123456789a')

      await expect(readSmallFile(join(folder, 'file'), LIMITS)).rejects.toThrow(
        'has 11 bytes, at most 10 are read',
      )
    })
  })

  it('refuses a folder, and a pipe that nobody writes to', async () => {
    await withFolder(async (folder) => {
      await mkdir(join(folder, 'folder'))
      execFileSync('mkfifo', [join(folder, 'pipe')])

      for (const name of ['folder', 'pipe']) {
        await expect(readSmallFile(join(folder, name), LIMITS)).rejects.toThrow(
          'is not a regular file',
        )
      }
    })
  })

  it.runIf(process.platform === 'linux')('refuses devices, and endless files', async () => {
    await expect(readSmallFile('/dev/zero', LIMITS)).rejects.toThrow('is not a regular file')
    // A file of /proc says that it has no bytes.
    await expect(readSmallFile('/proc/self/maps', LIMITS)).rejects.toThrow(
      'has more bytes, at most 10 are read',
    )
  })

  it('hands on what the operating system says', async () => {
    await expect(readSmallFile('/does/not/exist', LIMITS)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('gives up in time', async () => {
    await withFolder(async (folder) => {
      await writeFile(join(folder, 'file'), 'x')

      // The threads that read files are busy, as they are while a mount does not answer.
      const busy = Array.from({ length: 8 }, () => pbkdf2Async('', '', 200_000, 64, 'sha512'))
      const reading = readSmallFile(join(folder, 'file'), { ...LIMITS, timeoutMs: 5 })

      await expect(reading).rejects.toThrow(/^cannot be read within 5 ms$/)
      await Promise.all(busy)
    })
  })
})
