import { readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { quotedString, readRows } from '../../../pipeline/base/database.ts'
import { packDecisions } from '../../../server/events/pack-decisions.ts'
import { withFolder, writeFiles } from '../../helpers/folders.ts'
import { isEveryTest } from '../../helpers/size.ts'
import { withMemory } from '../../helpers/sql.ts'
import { withCollecting } from './event-app.ts'

const HEADER = 'event,dataset,campaign_id,banner_id,probability,decided_at'
const NEVER = new AbortController().signal
const DAY_MS = 86_400_000

/** Ids and chances at their ends, over more than two row groups. */
function makeLines(count: number): string[] {
  return Array.from({ length: count }, (_, i) => {
    const chance = [1, 0.00125, 1.5e-7, 0.95125][i % 4]
    return `6b0d91a66da91715f8:${i},${(i % 4) + 1},${2 ** 53 - 1 - (i % 7)},${i % 50},${chance},1796041200`
  })
}

/** What DuckDB reads. */
function readAll(from: string): Promise<object[]> {
  return withMemory((connection) =>
    readRows(
      connection,
      `select event, dataset::smallint as dataset, campaign_id::bigint::varchar as campaign_id,
        banner_id::bigint::varchar as banner_id, probability::double as probability, decided_at::bigint::varchar as decided_at
       from ${from} order by all`,
    ),
  )
}

describe('packDecisions', () => {
  it('makes the days that are over Parquet, with the rows and types of their CSV', async () => {
    await withFolder(async (folder) => {
      const text = `${[HEADER, ...makeLines(150_000)].join('\n')}\n`
      await writeFiles(folder, {
        'decisions-2026-11-29.csv': `${text}6b0d91a66da91715f8:7,1,`,
        'decisions-2026-11-30.csv': `${HEADER}\n`,
        'copy.csv': text,
      })

      await packDecisions(folder, '2026-11-30', NEVER)

      expect((await readdir(folder)).sort()).toEqual([
        'copy.csv',
        'decisions-2026-11-29.parquet',
        'decisions-2026-11-30.csv',
      ])
      const packed = quotedString(join(folder, 'decisions-2026-11-29.parquet'))
      expect(await readAll(packed)).toEqual(await readAll(quotedString(join(folder, 'copy.csv'))))
      const types = await withMemory((connection) =>
        readRows(connection, `select column_type from (describe from ${packed})`),
      )
      expect(types.map(({ column_type }) => column_type)).toEqual([
        ...['VARCHAR', 'SMALLINT', 'BIGINT', 'BIGINT', 'DOUBLE', 'BIGINT'],
      ])
    })
  })

  it.runIf(isEveryTest)(
    'leaves the CSV where it is told to stop, and packs it the next time',
    async () => {
      await withFolder(async (folder) => {
        const name = 'decisions-2026-11-29.csv'
        await writeFiles(folder, { [name]: `${[HEADER, ...makeLines(10)].join('\n')}\n` })

        await packDecisions(folder, '2026-11-30', AbortSignal.abort())

        expect(await readdir(folder)).toEqual([name])
        await packDecisions(folder, '2026-11-30', NEVER)
        expect(await readdir(folder)).toEqual(['decisions-2026-11-29.parquet'])
      })
    },
  )

  it('ends what a kill has left, and keeps what a clock that was set back has begun', async () => {
    await withFolder(async (folder) => {
      const name = 'decisions-2026-11-29'
      const lines = makeLines(10)
      const csv = join(folder, `${name}.csv`)
      await writeFile(csv, `${[HEADER, ...lines].join('\n')}\n`)
      const text = await readFile(csv)
      await packDecisions(folder, '2026-11-30', NEVER)
      const { mtime } = await stat(join(folder, `${name}.parquet`))
      await writeFile(csv, text)
      await utimes(csv, mtime, new Date(mtime.getTime() - 1_000))

      await packDecisions(folder, '2026-11-30', NEVER)

      expect(await readdir(folder)).toEqual([`${name}.parquet`])
      await writeFile(csv, `${HEADER}\n${lines[0]}\n`)
      await utimes(csv, mtime, new Date(mtime.getTime() + 1_000))
      await packDecisions(folder, '2026-11-30', NEVER)
      expect((await readdir(folder)).sort()).toEqual([`${name}-2.parquet`, `${name}.parquet`])
    })
  })

  it('leaves nothing of a day without decisions', async () => {
    await withFolder(async (folder) => {
      await writeFiles(folder, { 'decisions-2026-11-29.csv': `${HEADER}\n` })

      await packDecisions(folder, '2026-11-30', NEVER)

      expect(await readdir(folder)).toEqual([])
    })
  })
})

describe('a collector', () => {
  it('packs the decisions of a day once the next one has begun', async () => {
    await withFolder(async (folder) => {
      let ms = Date.parse('2026-11-30T12:20:00Z')
      const options = { keepsDecisions: true, now: () => ms }
      await withCollecting(
        folder,
        async ({ decide, request }) => {
          await request((await decide()).seen)
          ms += DAY_MS
          await request((await decide()).seen)
          const list = () => readdir(join(folder, '.collect'))

          await expect
            .poll(list, { timeout: 60_000 })
            .toEqual(
              expect.arrayContaining(['decisions-2026-11-30.parquet', 'decisions-2026-12-01.csv']),
            )
          await expect.poll(list, { timeout: 60_000 }).not.toContain('decisions-2026-11-30.csv')
          const packed = join(folder, '.collect/decisions-2026-11-30.parquet')
          expect(await readAll(quotedString(packed))).toMatchObject([
            { dataset: 2, campaign_id: '7', probability: 0.5 },
          ])
        },
        options,
      )
    })
  })
})
