import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { inspect } from '../../../helpers/scan.ts'

const LINES = 'click_id,banner_id,campaign_id\n100,30,7\nx,30,7\n'
const CRLF = LINES.replaceAll('\n', '\r\n')
const BOM = '\uFEFF'

/** Several blocks of 1 MiB. */
const MANY = `click_id,banner_id,campaign_id\n${'100,30,7\n'.repeat(300_000)}`

function digestBytes(text: string) {
  const linesSha256 = createHash('sha256').update(text).digest('hex')
  return { linesBytes: Buffer.byteLength(text), linesSha256 }
}

describe('lines of a file', () => {
  it.each<[string, string | Buffer, string]>([
    ['LF', LINES, 'a.csv'],
    ['CRLF', CRLF, 'a.csv'],
    ['a byte order mark', BOM + LINES, 'a.csv'],
    ['a byte order mark and CRLF', BOM + CRLF, 'a.csv'],
    ['no last line end', LINES.slice(0, -1), 'a.csv'],
    ['CRLF and no last line end', CRLF.slice(0, -2), 'a.csv'],
    ['CRLF and half of the last line end', CRLF.slice(0, -1), 'a.csv'],
    ['gzip', gzipSync(LINES), 'a.csv.gz'],
    ['gzip, fastest', gzipSync(LINES, { level: 1 }), 'a.csv.gz'],
    [
      'gzip in two members',
      Buffer.concat([gzipSync(LINES.slice(0, 40)), gzipSync(LINES.slice(40))]),
      'a.csv.gz',
    ],
    [
      'gzip, a byte order mark, CRLF and no last line end',
      gzipSync(BOM + CRLF.slice(0, -2)),
      'a.csv.gz',
    ],
  ])('are the same in another wrapping: %s', async (_, content, name) => {
    expect(await inspect(content, 'clicks', name)).toMatchObject(digestBytes(LINES))
  })

  it.each<[string, string | Buffer, string]>([
    ['LF', MANY, 'a.csv'],
    ['CRLF', MANY.replaceAll('\n', '\r\n'), 'a.csv'],
    ['gzip', gzipSync(MANY), 'a.csv.gz'],
  ])('are the same over many blocks: %s', async (_, content, name) => {
    expect(await inspect(content, 'clicks', name)).toMatchObject(digestBytes(MANY))
  })

  it.each([
    ['another value', LINES.replace('100', '101')],
    ['another column that is not read', LINES.replaceAll('\n', ',note\n')],
    ['another order', 'click_id,banner_id,campaign_id\nx,30,7\n100,30,7\n'],
    ['an empty line at the end', `${LINES}\n`],
    ['one LF among CRLF', CRLF.replace('100,30,7\r\n', '100,30,7\n')],
    ['one CRLF among LF', LINES.replace('100,30,7\n', '100,30,7\r\n')],
  ])('differ: %s', async (_, content) => {
    const { linesSha256 } = await inspect(content)

    expect(linesSha256).not.toBe(digestBytes(LINES).linesSha256)
  })

  it('are the same if one line has the line end that is wrong in its file', async () => {
    const returned = await inspect(CRLF.replace('100,30,7\r\n', '100,30,7\n'))
    const fed = await inspect(LINES.replace('100,30,7\n', '100,30,7\r\n'))

    expect(returned.linesSha256).toBe(fed.linesSha256)
  })
})
