import { describe, expect, it } from 'vitest'
import { looksLikeHeader } from '../../../../pipeline/input/scan/second-header.ts'

/** Lines of two fields stand in impressions, of three in clicks. */
function width(line: string): number {
  return Math.min(3, Math.max(2, line.split(',').length))
}

describe('looksLikeHeader', () => {
  it.each([
    'store,sales',
    'store1,sales1',
    'id2,views2,day2',
    'x,y',
    'A,B',
    'STORE,SALES',
    'Store Name,Sales (EUR)',
    ' store , sales ',
    '_id,_views',
    '#store,sales',
    '[store],[sales]',
    "'store','sales'",
    'магазин,продажи',
    'größe,zahl',
    '店,売上',
    'café1,été2',
    'utm_source,utm_medium',
    'store.id,store.name',
    'store-id,store/name',
    'count,count',
    '?column?,?column?',
    'value,name',
    ',views',
    ',store,views',
    'store,sales,',
    'day,2026-11-24',
    '2026-11-24,2026-11-25',
    '24.11.2026,25.11.2026',
    '2026-10,2026-11',
    '2026-Q3,2026-Q4',
    '7d,30d',
    '1st,2nd',
    '7_day_views,30_day_views',
    'store,2025',
    'store,2025,2026',
    'views24h,clicks24h',
    'e1,e2',
    // Ours, in another order, case or table, or with others between.
    'campaign_id,banner_id',
    'BANNER_ID,CAMPAIGN_ID',
    'campaign_id,12,banner_id',
    'conversion_id,click_id,revenue,a,b,c',
    // Behind the last row of the file before.
    '30,7campaign_id,banner_id',
    '30,7store,sales',
    '100,30,7id2,views2,day2',
    '100,30,"7"id2,views2,day2',
  ])('is true of %j', (line) => {
    const columns = line.startsWith('100') ? 3 : line.startsWith('30') ? 2 : width(line)

    expect(looksLikeHeader(line.split(','), columns)).toBe(true)
  })

  it.each([
    'C,NA',
    'NULL,NULL',
    'null,null,null',
    'N/A,N/A',
    'n/a,abc',
    'nan,nan',
    'NaN,NaN',
    'None,None',
    '\\N,\\N',
    '(null),(null)',
    '<NA>,<NA>',
    '#N/A,#N/A',
    '#REF!,#VALUE!',
    '#NAME?,#NAME?',
    'inf,-inf',
    'true,false',
    'undefined,undefined',
    'total,12',
    'Total,3,',
    'Total,',
    'abc,30,7',
    'x,7',
    'q011,31,7',
    'store,12,2026',
    '-,-',
    '?,?',
    '--,--,--',
    '1e3,0x10',
    '1e3,2e3',
    '0x1F,0x2A',
    '1.5,2.5',
    '1.5,12.25',
    '12.25,3.5',
    '$5,$6',
    '202610,202611',
    '1_000,2_000',
    '+1,-2',
    ' 1, 2',
    '2026-11-24,5',
    'abc',
    '',
    ',',
    ',,',
    // Rows below such a line have as many fields as it, so none of them is taken.
    'We thank you, dear reader, for reading, to the end, again',
  ])('is false of %j', (line) => {
    expect(looksLikeHeader(line.split(','), width(line))).toBe(false)
  })
})
