/** What a build says that fails over its rows. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readRows, withDatabase } from '../../../pipeline/base/database.ts'
import { buildPools } from '../../../pipeline/build/build.ts'
import { BUILD_DEFAULTS } from '../../../pipeline/commands/features.ts'
import { csv, type InputFiles, smallWorld } from '../../helpers/builds.ts'
import { withFolder, writeFiles } from '../../helpers/folders.ts'

const CLICKS = 'click_id,banner_id,campaign_id'
const CONVERSIONS = 'conversion_id,click_id,revenue'

/** Builds from the small world with these files and gives the message of its failure, paths made short. */
function failWith(files: InputFiles) {
  return withFolder(async (folder) => {
    const [input, out] = [join(folder, 'in'), join(folder, 'out')]
    await writeFiles(input, { ...smallWorld(), ...files })
    const error = await buildPools({ ...BUILD_DEFAULTS, input, out }).catch((caught) => caught)
    const rejects = await withDatabase(
      ':memory:',
      { threads: 1, memoryLimit: '1GB' },
      (connection) =>
        readRows<{ file: string; line: number; reason: string }>(
          connection,
          `select file, line, reason from '${out}/failed/rejects.parquet' order by file, line`,
        ),
    )
    return { message: (error as Error).message.replaceAll(folder, ''), rejects }
  })
}

const KEPT = '; rejected lines are in /out/failed/rejects.parquet'

describe('a build with too many rejects', () => {
  it.each<[string, InputFiles, string]>([
    [
      'conversions of another dataset',
      { '1/conversions_1.csv': csv(CONVERSIONS, ['10,200,1.5', '11,203,1']) },
      '/in/1/conversions_1.csv: 2 of 2 rows rejected, --max-reject-share is 0.05, first line 2 (orphan, its click 200 is in dataset 2): "10,200,1.5"',
    ],
    [
      'conversions whose clicks are nowhere',
      { '1/conversions_1.csv': csv(CONVERSIONS, ['10,999,1.5']) },
      '/in/1/conversions_1.csv: 1 of 1 rows rejected, --max-reject-share is 0.05, first line 2 (orphan, there is no click 999): "10,999,1.5"',
    ],
    [
      'a conflict with another file',
      {
        '1/conversions_1.csv': csv(CONVERSIONS, ['10,100,1.5']),
        '1/conversions_1b.csv': csv(CONVERSIONS, ['10,100,2.5']),
      },
      '/in/1/conversions_1.csv: 1 of 1 rows rejected, --max-reject-share is 0.05, first line 2 (conflict with 1/conversions_1b.csv line 2): "10,100,1.5"',
    ],
    [
      'a conflict within the file',
      {
        '1/clicks_1.csv': csv(CLICKS, ['100,30,7', '101,31,7', '101,31,7', '101,32,7', '103,30,7']),
      },
      '/in/1/clicks_1.csv: 3 of 5 rows rejected, --max-reject-share is 0.05, first line 3 (conflict with 1/clicks_1.csv line 5): "101,31,7"',
    ],
    [
      'a click in conflict and what that does to its conversion',
      {
        '1/clicks_1.csv': csv(CLICKS, [
          ...Array.from({ length: 40 }, (_, index) => `${index + 1000},30,7`),
          '100,30,7',
          '100,31,7',
        ]),
        '1/conversions_1.csv': csv(CONVERSIONS, ['10,100,1.5']),
      },
      '/in/1/conversions_1.csv: 1 of 1 rows rejected, --max-reject-share is 0.05, first line 2 (orphan, its click 100 is rejected as a conflict): "10,100,1.5"',
    ],
    [
      'several reasons',
      { '1/conversions_1.csv': csv(CONVERSIONS, ['10,999,1', 'x,1,1', '11,999,1']) },
      '/in/1/conversions_1.csv: 1 of 3 rows rejected, --max-reject-share is 0.05, first line 3 (not_an_id): "x,1,1"',
    ],
    [
      "pandas' whole numbers",
      { '1/clicks_1.csv': csv(CLICKS, ['100.0,30,7', '101,31,7']) },
      '/in/1/clicks_1.csv: 1 of 2 rows rejected, --max-reject-share is 0.05, first line 2 (not_an_id): "100.0,30,7"; ids are written as 100.0, as by pandas where a value is missing: save these columns as Int64',
    ],
    [
      'empty columns of a spreadsheet',
      { '1/clicks_1.csv': csv(CLICKS, ['100,30,7,,', '101,31,7,,']) },
      '/in/1/clicks_1.csv: 2 of 2 rows rejected, --max-reject-share is 0.05, first line 2 (field_count): "100,30,7,,"; lines end with empty fields, as of a spreadsheet with empty columns: delete those columns',
    ],
  ])('says which and why: %s', async (_, files, expected) => {
    const { message } = await failWith(files)

    expect(message).toBe(expected + KEPT)
  })

  it('keeps every rejected line of all files', async () => {
    const { rejects } = await failWith({
      '1/conversions_1.csv': csv(CONVERSIONS, ['10,100,1.5', '11,103,1']),
      '1/conversions_1b.csv': csv(CONVERSIONS, ['10,100,2.5', '12,999,1']),
    })

    expect(rejects).toEqual([
      { file: '1/conversions_1.csv', line: 2, reason: 'conflict' },
      { file: '1/conversions_1b.csv', line: 2, reason: 'conflict' },
      { file: '1/conversions_1b.csv', line: 3, reason: 'orphan' },
    ])
  })

  it('leaves nothing once a build succeeds', async () => {
    await withFolder(async (folder) => {
      const [input, out] = [join(folder, 'in'), join(folder, 'out')]
      await writeFiles(input, { ...smallWorld(), '1/clicks_1.csv': csv(CLICKS, ['x,30,7']) })
      await expect(buildPools({ ...BUILD_DEFAULTS, input, out })).rejects.toThrow('not_an_id')
      expect(await readdir(join(out, 'failed'))).toEqual(['rejects.parquet'])

      await writeFiles(input, smallWorld())
      await buildPools({ ...BUILD_DEFAULTS, input, out })

      expect(await readdir(out)).not.toContain('failed')
    })
  })
})
