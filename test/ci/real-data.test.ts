/** The real logs, which are not part of the repository: `.ci/run` finds them in `../shared/data`. */
import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkBuild } from '../../pipeline/ask/check.ts'
import { buildPools } from '../../pipeline/build/build.ts'
import type { BuildSummary } from '../../pipeline/build/summary.ts'
import { BUILD_DEFAULTS } from '../../pipeline/commands/features.ts'
import { openImages } from '../../server/pictures/images.ts'
import { loadPools } from '../../server/pools/load.ts'
import { queryOutputs } from '../helpers/builds.ts'
import { createFolder, removeFolder } from '../helpers/folders.ts'
import { appWith } from '../server/app-with.ts'

const CSV = fileURLToPath(new URL('../../../shared/data/csv', import.meta.url))
const IMAGES = fileURLToPath(new URL('../../../shared/data/images', import.meta.url))

/**
 * Of the lines `dataset,campaign_id,rank,banner_id`, in that order, each with a line feed. Computed apart from this
 * project, by a script that reads the CSVs, adds up decimals and sorts by (-revenue, -clicks, banner_id).
 */
const POOLS_SHA256 = '39d1a775fdae4ec2ec6e97cee053af9b7b53cea2287a9b54313f0439e17a14aa'

describe('the real data', () => {
  let out = ''
  let summary: BuildSummary

  beforeAll(async () => {
    out = await createFolder()
    summary = await buildPools({ ...BUILD_DEFAULTS, input: CSV, out })
  })
  afterAll(() => removeFolder(out))

  it('is accepted whole', () => {
    expect(summary).toMatchObject({ files: 12, rows: 796_001, accepted: 796_001, rejected: 0 })
    expect(summary).toMatchObject({ duplicates: 0, warnings: [] })
  })

  it('has 200 pools of 10, all from revenue', async () => {
    const query = `select source, count(*)::int as banners, count(distinct (dataset, campaign_id))::int as pools
      from pools group by source`

    expect(await queryOutputs(out, query)).toEqual([
      { source: 'revenue', banners: 2000, pools: 200 },
    ])
  })

  it('ranks campaign 43 of dataset 1 as worked out by hand', async () => {
    const query = 'select banner_id from pools where dataset = 1 and campaign_id = 43 order by rank'
    const pool = await queryOutputs<{ banner_id: number }>(out, query)

    expect(pool.map(({ banner_id }) => banner_id)).toEqual([
      190, 206, 163, 229, 277, 103, 398, 261, 231, 422,
    ])
  })

  it('has the pools of an independent computation', async () => {
    const query = `select dataset || ',' || campaign_id || ',' || rank || ',' || banner_id as line
      from pools order by dataset, campaign_id, rank`
    const lines = await queryOutputs<{ line: string }>(out, query)

    const text = lines.map(({ line }) => `${line}\n`).join('')
    expect(createHash('sha256').update(text).digest('hex')).toBe(POOLS_SHA256)
  })

  it('passes all checks', async () => {
    const { passed, checks } = await checkBuild(out)

    expect(passed).toBe(true)
    expect(checks.filter((check) => !check.passed)).toEqual([])
  })

  it('serves the real pictures', async () => {
    const images = await openImages(IMAGES)
    const pools = await loadPools(out)
    const app = appWith({ pools: () => pools, images })

    const { image_url } = (await (await app.request('/campaigns/43')).json()) as {
      image_url: string
    }
    const picture = await app.request(new URL(image_url).pathname)

    expect(images.paths.size).toBe(401)
    expect(picture.headers.get('content-type')).toBe('image/jpeg')
  })
})
