/** Builds whose manifest vouches for files that claim what is not so: a line says so, and nobody dies of it. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { digestBytes } from '../../../contract/digest.ts'
import { formatManifest } from '../../../contract/manifest.ts'
import { BANNER_STATS_FILE, POOLS_FILE } from '../../../contract/schema.ts'
import { withDatabase } from '../../../pipeline/base/database.ts'
import { manifestWith } from '../../../scripts/lib/pool-files.ts'
import { createFolder, removeFolder } from '../../helpers/folders.ts'
import { type Draw, setInFooter, setInPages, spoilParquet } from '../../helpers/hostile-parquet.ts'
import type { HostileReply } from '../../helpers/hostile-reader.ts'
import { seededRandom } from '../../helpers/seeded-random.ts'
import { size } from '../../helpers/size.ts'

const SEED = 20261125
const READER = fileURLToPath(new URL('../../helpers/hostile-reader.ts', import.meta.url))

/** Node, tsx and the readers take 200 MB; a group of rows some more. */
const MOST_BYTES = 500e6

const NONE: Buffer = Buffer.alloc(0)

const ROWS = 5_000

const POOLS = `select
    (i // 1250 + 1)::smallint as dataset, (i // 10 % 125 + 1)::bigint as campaign_id,
    (i % 10 + 1)::smallint as rank, (i % 10 + i // 1000 * 10 + 1)::bigint as banner_id,
    'revenue' as source, (i * 7 % 999 / 8)::decimal(18, 6) as revenue,
    (i * 31 % 700)::bigint as clicks, (i % 11)::bigint as conversions, i as impressions
  from range(${ROWS}) as rows (i) order by i`

const STATS = `select
    (i // 1250 + 1)::smallint as dataset, (i // 10 % 125 + 1)::bigint as campaign_id,
    (i % 10 + 1)::bigint as banner_id, i as impressions, (i * 31 % 700)::bigint as clicks,
    (i % 11)::bigint as conversions, (i * 7 % 999 / 8)::decimal(18, 6) as revenue,
    (i % 10 + 1)::bigint as revenue_rank, (10 - i % 10)::bigint as click_rank,
    case when i % 10 < 5 then (i % 10 + 1)::smallint end as pool_rank,
    case when i % 10 < 5 then 'in_converted' else 'out_not_converted' end as reason
  from range(${ROWS}) as rows (i) order by i`

describe('the readers of published files', () => {
  let folder = ''
  const originals: Buffer[] = []
  let child: ChildProcess
  let death: Promise<never>

  beforeAll(async () => {
    folder = await createFolder()
    await withDatabase(':memory:', { threads: 1, memoryLimit: '1GB' }, async (connection) => {
      for (const codec of ['zstd', 'uncompressed', 'snappy']) {
        for (const select of [POOLS, STATS]) {
          const path = join(folder, `${originals.length}.parquet`)
          await connection.run(
            `copy (${select}) to '${path}' (format parquet, compression ${codec}, row_group_size 2048)`,
          )
          originals.push(await readFile(path))
        }
      }
    })
    child = fork(READER, { execArgv: ['--import', 'tsx'] })
    death = once(child, 'exit').then(([code, signal]) => {
      throw new Error(`the reader died: ${code} ${signal}`)
    })
    // Of interest only to who waits for an answer.
    death.catch(() => undefined)
  })
  afterAll(async () => {
    child.kill()
    await removeFolder(folder)
  })

  it('reads the files as they were', async () => {
    for (const kind of [0, 2, 4]) {
      const { lines } = await readBuild(originals[kind], originals[kind + 1])

      expect(lines).toEqual(['read', 'read', 'read'])
    }
  })

  it('refuses in one line, and with little memory, whatever a file claims', async () => {
    const random = seededRandom(SEED)
    const draw: Draw = (below) => Math.floor(random() * below)
    const told = new Map<string, number>()

    for (let run = 0; run < size(120, 2_000); run++) {
      const kind = 2 * draw(originals.length / 2)
      const spoilt = [originals[kind], originals[kind + 1]].map((file) =>
        spoilParquet(file ?? Buffer.alloc(0), draw),
      )

      const { lines, peakBytes } = await readBuild(spoilt[0]?.bytes, spoilt[1]?.bytes)

      const where = `seed ${SEED}, run ${run}, ${spoilt.map(({ what }) => what).join()}`
      for (const line of lines) {
        expect(line, where).not.toMatch(/^bug|\n/)
        expect(line.length, where).toBeLessThan(300)
        const kindOfLine = line.replaceAll(/[\d-]+|, build again.*/g, '')
        told.set(kindOfLine, (told.get(kindOfLine) ?? 0) + 1)
      }
      expect(peakBytes, where).toBeLessThan(MOST_BYTES)
    }
    // Of all kinds, also what changes no byte that is read.
    expect(told.size).toBeGreaterThan(10)
    expect(told.get('read')).toBeGreaterThan(0)
  })

  it.each([
    [
      'a column of 2^31 bytes',
      2n ** 31n,
      [4, 1, 3, 7],
      /^claims a column at bytes \d+ to 21474\d+/,
    ],
    ['10^9 values in a column', 10n ** 9n, [4, 1, 3, 5], /^has a row group whose columns differ/],
    ['10^9 rows in a row group', 10n ** 9n, [4, 3], /^has a row group of 1000000000 rows/],
    ['10^9 rows', 10n ** 9n, [3], /^has 5000 rows in its row groups, its footer says 1000000000/],
    ['a column behind the file', 2n ** 40n, [4, 1, 3, 9], /^claims a column at bytes 10995\d+/],
    ['a column of -1 bytes', -1n, [4, 1, 3, 7], /^claims a column at bytes 4 to 3/],
  ])('says that a file claims %s', async (_, value, path, line) => {
    const { lines } = await readBuild(
      setInFooter(originals[0] ?? NONE, path, value),
      setInFooter(originals[1] ?? NONE, path, value),
    )

    for (const told of lines) expect(told).toMatch(line)
  })

  it.each([
    ['10^9 values', 10n ** 9n, [5, 1], /^claims a page of 1000000000 values/],
    ['-1 values', -1n, [5, 1], /^claims a page of -1 values/],
    ['2^30 bytes', 2n ** 30n, [2], /^claims a page of 1073741824 bytes/],
    ['2^31 packed bytes', 2n ** 31n, [3], /^claims a page of 2147483648 packed bytes/],
  ])('says that a page claims %s', async (_, value, path, line) => {
    // The columns before have dictionaries: the first page of campaign_id is one of data, in no row group.
    const { lines } = await readBuild(
      setInPages(originals[2] ?? NONE, path, value),
      setInPages(originals[3] ?? NONE, path, value),
    )

    for (const told of lines) expect(told).toMatch(line)
  })

  async function readBuild(pools = NONE, stats = NONE): Promise<HostileReply> {
    const build = join(folder, 'build')
    await mkdir(build, { recursive: true })
    await writeFile(join(build, POOLS_FILE), pools)
    await writeFile(join(build, BANNER_STATS_FILE), stats)
    const manifest = manifestWith({
      outputs: [
        { file: POOLS_FILE, ...digestBytes(pools), rows: ROWS },
        { file: BANNER_STATS_FILE, ...digestBytes(stats), rows: ROWS },
      ],
    })
    await writeFile(join(build, 'manifest.json'), formatManifest(manifest))
    child.send({ folder: build, manifest })
    const [reply] = await Promise.race([replyOf(child), death])
    return reply as HostileReply
  }
})

function replyOf(child: ChildProcess): Promise<unknown[]> {
  return new Promise((resolve) => child.once('message', (message) => resolve([message])))
}
