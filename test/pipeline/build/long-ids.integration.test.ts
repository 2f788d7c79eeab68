/** Ids of clicks and conversions that no number of JavaScript tells apart: 2^63 - 1 and its neighbours. */
import { describe, expect, it } from 'vitest'
import { type InputFiles, queryOutputs, smallWorld, withBuild } from '../../helpers/builds.ts'

const CLICKS = [
  'click_id,banner_id,campaign_id',
  '9223372036854775804,30,7',
  '9223372036854775805,31,7',
  '9223372036854775805,31,7',
  '9223372036854775806,31,7',
  '9223372036854775806,32,7',
  '9223372036854775808,30,7',
  '',
].join('\n')

const CONVERSIONS = [
  'conversion_id,click_id,revenue',
  '9223372036854775803,9223372036854775804,1',
  '9223372036854775804,9223372036854775805,2',
  '9223372036854775805,9223372036854775807,4',
  '9223372036854775806,9223372036854775806,8',
  '9223372036854775807,9223372036854775804,16',
  '9223372036854775807,9223372036854775804,16.5',
  '',
].join('\n')

function world(lineEnd: string): InputFiles {
  return {
    ...smallWorld(),
    '1/clicks_1.csv': CLICKS.replaceAll('\n', lineEnd),
    '1/conversions_1.csv': CONVERSIONS.replaceAll('\n', lineEnd),
  }
}

describe('a build of 19-digit ids of clicks and conversions', () => {
  it.each(['\n', '\r\n'])(
    'keeps each id apart from its neighbours, lines end in %j',
    async (end) => {
      await withBuild(
        world(end),
        async ({ out, manifest }) => {
          const stats = await queryOutputs(
            out,
            `select banner_id, clicks, conversions, cast(revenue as varchar) as revenue
           from banner_stats where dataset = 1 and clicks > 0 order by banner_id`,
          )
          const rejects = await queryOutputs(
            out,
            `select file, line, reason from rejects where dataset = 1 order by file, line`,
          )

          expect(stats).toEqual([
            { banner_id: 30, clicks: 1, conversions: 1, revenue: '1.000000' },
            { banner_id: 31, clicks: 1, conversions: 1, revenue: '2.000000' },
          ])
          expect(rejects).toEqual([
            { file: '1/clicks_1.csv', line: 5, reason: 'conflict' },
            { file: '1/clicks_1.csv', line: 6, reason: 'conflict' },
            { file: '1/clicks_1.csv', line: 7, reason: 'id_out_of_range' },
            { file: '1/conversions_1.csv', line: 4, reason: 'orphan' },
            { file: '1/conversions_1.csv', line: 5, reason: 'orphan' },
            { file: '1/conversions_1.csv', line: 6, reason: 'conflict' },
            { file: '1/conversions_1.csv', line: 7, reason: 'conflict' },
          ])
          expect(manifest.inputs.find(({ path }) => path === '1/clicks_1.csv')).toMatchObject({
            rows: 6,
            accepted: 2,
            rejected: 3,
            duplicates: 1,
          })
        },
        { maxRejectShare: 1 },
      )
    },
  )
})
