import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { inspectFile } from '../../../../pipeline/input/scan/inspect.ts'
import { withFolder, writeFiles } from '../../../helpers/folders.ts'
import { inspect } from '../../../helpers/scan.ts'
import { someOf } from '../../../helpers/size.ts'

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

  const MIB = 1 << 20

  // The header has 31 bytes, and a file is read by blocks of 1 MiB.
  it.each(['\n', '\r\n'])('allows lines of 1 MiB to the byte, which end with %j', async (end) => {
    const header = HEADER.replace('\n', end)
    for (const before of someOf(
      [MIB - 31, 0, MIB + 5, 1, 500_000, MIB - 40, MIB, 2 * MIB - 32],
      3,
    )) {
      const row = `100,30,7${end}`
      const rest = row.repeat(Math.floor(before / row.length))
      for (const bytes of [MIB, MIB + 1]) {
        for (const behind of [`${end}100,30,7${end}`, end, '']) {
          const result = inspect(`${header}${rest}${'1'.repeat(bytes)}${behind}`).catch(String)

          if (bytes === MIB) expect(await result).toMatchObject({ isClean: false })
          else expect(await result).toMatch(/has a line of over 1 MiB, let every row end/)
        }
      }
    }
  })

  it.each<[string, Uint8Array | string, string]>([
    ['packed twice', gzipSync(packed), 'is packed twice, unpack it once'],
    ['packed UTF-16', gzipSync(Buffer.from(HEADER, 'utf16le')), 'is UTF-16, save it as UTF-8'],
  ])('refuses .gz that is %s', async (_, content, message) => {
    await expect(inspect(content, 'clicks', 'file.csv.gz')).rejects.toThrow(message)
  })

  it('stops unpacking at a limit', async () => {
    await withFolder(async (folder) => {
      const content = gzipSync(`${HEADER}${'100,30,7\n'.repeat(1_000_000)}`)
      await writeFiles(folder, { 'a.csv.gz': content })
      const task = { path: join(folder, 'a.csv.gz'), table: 'clicks' } as const
      const bytes = HEADER.length + 9_000_000

      await expect(inspectFile({ ...task, mostUnpackedBytes: bytes })).resolves.toMatchObject({
        rows: 1_000_000,
      })
      await expect(inspectFile({ ...task, mostUnpackedBytes: bytes - 1 })).rejects.toThrow(
        `unpacks from ${content.length} to more than ${bytes - 1} bytes`,
      )
    })
  })

  it.each([
    ['sep=,', `sep=,\n${HEADER}1,2,3\n`, 2],
    ['a type', `#TYPE System.Data.DataRow\r\n${HEADER}1,2,3\n`, 2],
    ['an empty line', `\n${HEADER}1,2,3\n`, 2],
    ['a preamble', `Report of March\n\n# by export\n${HEADER}1,2,3\n`, 4],
    ['quotes', `sep=,\r\n"click_id","banner_id","campaign_id"\r\n`, 2],
  ])('says where the header stands below %s', async (_, content, line) => {
    const above = line === 2 ? 'line 1' : `lines 1 to ${line - 1}`

    await expect(inspect(content)).rejects.toThrow(
      `the header stands in line ${line}, remove ${above}`,
    )
  })

  it('refuses a header that holds the rows', async () => {
    await expect(inspect('click_id,banner_id,campaign_id,note\\n1,2,3,x\n')).rejects.toThrow(
      'has one line only, and it names a column by a number, are line feeds missing? "2"',
    )
  })

  it('refuses a file that is not there', async () => {
    await expect(inspectFile({ path: '/nowhere/clicks.csv', table: 'clicks' })).rejects.toThrow(
      /\(ENOENT\)/,
    )
  })
})
