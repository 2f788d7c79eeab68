import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { findReadLength } from '../../../../pipeline/input/scan/read-length.ts'
import { withFolder, writeFiles } from '../../../helpers/folders.ts'

/** How far a file with this content is read. */
function lengthOf(
  content: string,
  to: { bytes?: number; linesBytes?: number; isSegmentCut?: boolean },
  name = 'clicks.csv',
): Promise<number> {
  return withFolder(async (folder) => {
    const bytes = name.endsWith('.gz') ? gzipSync(content) : content
    await writeFiles(folder, { [name]: bytes })
    return findReadLength(join(folder, name), { isSegmentCut: true, ...to })
  })
}

describe('findReadLength', () => {
  it('ends where the file ended when it was found', async () => {
    expect(await lengthOf('a,b\n1,2\n3,4', { bytes: 9 })).toBe(9)
  })

  it('ends behind the last line end of a segment', async () => {
    expect(await lengthOf('event,a\nx,2\nx,4', {})).toBe(12)
    expect(await lengthOf('event,a\nx,2\nx,4\n', { bytes: 15 })).toBe(12)
    expect(await lengthOf(`event,a\nx,${'2'.repeat(200_000)}`, {})).toBe(8)
    expect(await lengthOf('event,a', {})).toBe(0)
  })

  it('takes a column of ours that is called event for no segment', async () => {
    expect(await lengthOf('event,a\nx,2\nx,4', { bytes: 15, isSegmentCut: false })).toBe(15)
  })

  it.each([
    ['LF', 'a,b\n1,2\n3,4\n', 8, 8],
    ['CRLF', 'a,b\r\n1,2\r\n3,4\r\n', 8, 10],
    ['LF in a file of CRLF, which counts as CRLF', 'a,b\r\n1,2\n3,4\r\n', 9, 9],
    ['a byte order mark', '\uFEFFa,b\n1,2\n3,4\n', 8, 11],
    ['a last line without line end', 'a,b\n1,2', 8, 7],
    ['a last line that went on since', 'a,b\n1,23', 8, 7],
    ['CRLF without the last line end', 'a,b\r\n1,2', 8, 8],
  ])('ends behind so many bytes of lines: %s', async (_, content, linesBytes, length) => {
    expect(await lengthOf(content, { linesBytes })).toBe(length)
    if (content.length === length || !content.includes('23')) {
      const isOwn = content.startsWith('a,b\n')
      const packed = await lengthOf(content, { linesBytes }, 'clicks.csv.gz')
      expect(packed).toBe(isOwn ? Math.min(linesBytes, content.length) : length)
    }
  })

  it('refuses a file that has fewer', async () => {
    await expect(lengthOf('a,b\n1,2\n', { linesBytes: 10 })).rejects.toThrow(
      'is shorter than what was counted of it',
    )
    await expect(lengthOf('a,b\n1,2\n', { linesBytes: 10 }, 'clicks.csv.gz')).rejects.toThrow(
      'is shorter than what was counted of it',
    )
  })
})
