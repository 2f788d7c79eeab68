import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { describeForeignFile } from '../../../../pipeline/input/scan/file-kind.ts'

const HEADER = 'click_id,banner_id,campaign_id\n'

/** Four bytes a character, as UTF-32 has them. */
function utf32(text: string, isBigEndian: boolean): Buffer {
  const bytes = Buffer.alloc(text.length * 4)
  for (let at = 0; at < text.length; at += 1) {
    if (isBigEndian) bytes.writeUInt32BE(text.charCodeAt(at), at * 4)
    else bytes.writeUInt32LE(text.charCodeAt(at), at * 4)
  }
  return bytes
}

function utf16(text: string, isBigEndian: boolean): Buffer {
  const bytes = Buffer.from(text, 'utf16le')
  return isBigEndian ? bytes.swap16() : bytes
}

describe('describeForeignFile', () => {
  it.each([true, false])('knows UTF-16 and UTF-32, big-endian: %s', (isBigEndian) => {
    for (const mark of ['\uFEFF', '']) {
      const text = mark + HEADER

      expect(describeForeignFile(utf16(text, isBigEndian), false)).toBe(
        'is UTF-16, save it as UTF-8',
      )
      expect(describeForeignFile(utf32(text, isBigEndian), false)).toBe(
        'is UTF-32, save it as UTF-8',
      )
    }
  })

  it.each<[Uint8Array, boolean, string]>([
    [gzipSync(HEADER), false, 'is gzip-compressed, name it .csv.gz'],
    [gzipSync(HEADER), true, 'is packed twice, unpack it once'],
    [Buffer.from('PK\x03\x04'), false, 'is a zip archive or an Excel workbook, export it as CSV'],
    [Buffer.from('PAR1'), false, 'is a Parquet file, export it as CSV'],
    [Buffer.from('BZh91AY'), false, 'is bzip2-compressed, unpack it or pack it as .csv.gz'],
  ])('knows %j', (bytes, isPacked, message) => {
    expect(describeForeignFile(bytes, isPacked)).toBe(message)
  })

  it.each(['', 'a', HEADER, `\uFEFF${HEADER}`, 'größe,click_id\n', 'PARTNER,x', 'BZ,PK'])(
    'leaves %j to the reader of the header',
    (text) => {
      expect(describeForeignFile(Buffer.from(text), false)).toBeNull()
    },
  )
})
