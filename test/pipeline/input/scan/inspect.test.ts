import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { inspect } from '../../../helpers/scan.ts'

const HEADER = 'click_id,banner_id,campaign_id\n'

/** Enough lines for several blocks of 1 MiB. */
const MANY = Array.from({ length: 200_000 }, (_, index) => `${100_000 + index},30,7\n`).join('')

describe('inspectFile', () => {
  it('hashes the bytes and counts the lines', async () => {
    const text = `${HEADER}100,30,7\n101,30,7\n`

    expect(await inspect(text)).toMatchObject({
      bytes: text.length,
      sha256: createHash('sha256').update(text).digest('hex'),
      rows: 2,
      isClean: true,
      isFinished: true,
    })
  })

  it.each([
    ['a clean file', MANY, 200_000, true],
    ['a bad line in the last block', `${MANY}x,30,7\n`, 200_001, false],
    ['a bad line in the first block', `x,30,7\n${MANY}`, 200_001, false],
  ])('counts over many blocks: %s', async (_, body, rows, isClean) => {
    expect(await inspect(HEADER + body)).toMatchObject({ rows, isClean })
  })

  it('counts a last line without its line end, and says that it lacks it', async () => {
    const inspected = await inspect(`${HEADER}100,30,7\n101,30,7`)

    expect(inspected).toMatchObject({ rows: 2, isClean: true, isFinished: false })
  })

  it.each([
    ['one member', gzipSync(`${HEADER}100,30,7\n`)],
    ['two members', Buffer.concat([gzipSync(HEADER), gzipSync('100,30,7\n')])],
  ])('unpacks .gz: %s', async (_, content) => {
    const inspected = await inspect(content, 'clicks', 'file.csv.gz')

    expect(inspected).toMatchObject({ rows: 1, isClean: true, bytes: content.length })
  })

  const packed = gzipSync(`${HEADER}100,30,7\n`)

  it.each([
    ['cut off', packed.subarray(0, -9), /no whole gzip file/],
    ['cut off in its trailer', packed.subarray(0, -3), /no whole gzip file/],
    ['followed by garbage', Buffer.concat([packed, Buffer.from('garbage')]), /gzip/],
    ['followed by zeros', Buffer.concat([packed, Buffer.alloc(9)]), /behind the end of its gzip/],
    ['not packed', Buffer.from(HEADER), /no whole gzip file/],
    ['empty', Buffer.alloc(0), /is empty|no whole gzip file/],
    ['packed emptiness', gzipSync(''), /is empty/],
  ])('refuses .gz that is %s', async (_, content, message) => {
    await expect(inspect(content, 'clicks', 'file.csv.gz')).rejects.toThrow(message)
  })

  it('refuses a packed file without the name of one', async () => {
    await expect(inspect(packed)).rejects.toThrow('is gzip-compressed, name it .csv.gz')
  })

  it('refuses an empty file', async () => {
    await expect(inspect('')).rejects.toThrow(
      'is empty, a table without rows needs its header line',
    )
  })

  it('refuses a line of over 1 MiB', async () => {
    await expect(inspect(`${HEADER}${'1'.repeat(3 << 20)}`)).rejects.toThrow('over 1 MiB')
  })

  it('refuses a file that is not there', async () => {
    const { inspectFile } = await import('../../../../pipeline/input/scan/inspect.ts')

    await expect(inspectFile({ path: '/nowhere/clicks.csv', table: 'clicks' })).rejects.toThrow(
      /\(ENOENT\)/,
    )
  })
})
