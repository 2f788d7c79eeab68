import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { digestBytes } from '../../../../contract/digest.ts'
import { withTemporaryFolder } from '../../../../pipeline/base/temporary-folder.ts'
import { withDigestedSink } from '../../../../pipeline/input/scan/sink.ts'

describe('withDigestedSink', () => {
  it.each([
    ['nothing', []],
    ['a few bytes', ['a', Buffer.from('bc')]],
    ['more than it writes at once', [Buffer.alloc(3 << 20, 1), 'end', Buffer.alloc(2 << 20, 2)]],
  ])('knows %s as it lies in the file', async (_, pieces) => {
    await withTemporaryFolder(async (folder) => {
      const path = join(folder, 'file')

      const digest = await withDigestedSink(path, async (sink) => {
        for (const piece of pieces) {
          sink.push(piece)
          await sink.flush()
        }
        return sink.finish()
      })

      const bytes = await readFile(path)
      const written = Buffer.concat(pieces.map((piece) => Buffer.from(piece)))
      // Compared as a whole: of millions of bytes a difference would take minutes to print.
      expect(bytes.equals(written)).toBe(true)
      expect(digest).toEqual(digestBytes(bytes))
    })
  })
})
