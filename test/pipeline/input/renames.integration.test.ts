import { describe, expect, it } from 'vitest'
import { parseRename } from '../../../pipeline/input/renames.ts'
import { queryBuild, smallWorld, withBuild } from '../../helpers/builds.ts'

describe('parseRename', () => {
  it('reads table, old and new name', () => {
    expect(parseRename('clicks.Click ID=click_id')).toEqual({
      table: 'clicks',
      from: 'Click ID',
      to: 'click_id',
    })
    expect(parseRename('clicks.a.b=c=click_id')).toEqual({
      table: 'clicks',
      from: 'a.b=c',
      to: 'click_id',
    })
  })

  it.each([
    ['clicks', /must be like clicks\.clickId=click_id: clicks/],
    ['hits.a=click_id', /must be like/],
    ['clicks.=click_id', /must be like/],
    [
      'clicks.a=revenue',
      /clicks has the columns click_id, banner_id, campaign_id: clicks\.a=revenue/,
    ],
  ])('refuses %s', (text, message) => {
    expect(() => parseRename(text)).toThrow(message)
  })
})

describe('a build with renames', () => {
  const renamed = smallWorld()
  renamed['1/clicks_1.csv'] = (renamed['1/clicks_1.csv'] ?? '').replace('click_id', 'clickId')
  const renames = [parseRename('clicks.clickId=click_id')]
  const query = 'select * from pools order by all'

  it('loads the renamed column, and files with the right name as before', async () => {
    expect(await queryBuild(renamed, query, { renames })).toEqual(
      await queryBuild(smallWorld(), query),
    )
  })

  it('rejects rows of such a file by the same rules', async () => {
    const bad = {
      ...renamed,
      '1/clicks_1.csv': `${renamed['1/clicks_1.csv']}x,30,7\n"104","30","7"\n`,
    }

    const rejects = await queryBuild(bad, 'select line, reason from rejects', {
      renames,
      maxRejectShare: 1,
    })

    expect(rejects).toEqual([{ line: 6, reason: 'not_an_id' }])
  })

  it('has an id of its own', async () => {
    const ids = new Set<string>()
    for (const options of [{}, { renames }]) {
      await withBuild(smallWorld(), async ({ summary }) => ids.add(summary.build_id), options)
    }

    expect(ids.size).toBe(2)
  })

  it('names the flag where the column is missing', async () => {
    await expect(queryBuild(renamed, query)).rejects.toThrow(
      /column click_id is missing \(is "clickId" meant\? see --rename\)/,
    )
  })

  it('refuses a file that has both names', async () => {
    const both = smallWorld()
    both['1/clicks_1.csv'] = 'click_id,clickId,banner_id,campaign_id\n1,2,30,7\n'

    await expect(queryBuild(both, query, { renames })).rejects.toThrow(
      /column click_id is there twice/,
    )
  })
})
