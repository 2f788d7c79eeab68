/**
 * A build of many campaigns, and what its artifacts weigh:
 *
 *     npx tsx bench/build/campaigns.ts [CAMPAIGNS] [BANNERS]       default: 1000000 12
 *
 * Every campaign has the same number of banners in all four datasets, each shown once or twice; a fourth of them is
 * clicked and half of these convert. No pair stands in many rows, so counting impressions saves nothing.
 */
import { mkdir, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { DATASETS } from '../../contract/schema.ts'
import { quotedString, withDatabase } from '../../pipeline/base/database.ts'
import { withTemporaryFolder } from '../../pipeline/base/temporary-folder.ts'
import { describeMachine, formatCount, formatTable } from '../document.ts'
import { measureScript } from './measure.ts'

const [campaigns = 1_000_000, banners = 12] = process.argv.slice(2).map(Number)

console.log(`${describeMachine()}; ${formatCount(campaigns)} campaigns of ${banners} banners`)
await withTemporaryFolder(async (folder) => {
  const [input, out] = [join(folder, 'in'), join(folder, 'out')]
  await writeLogs(input)
  const sample = await measureScript(new URL('target.ts', import.meta.url), ['strict', input, out])
  const { wallMs, cpuMs, peakMb, spillMb, steps = [] } = sample
  const seconds = (ms: number) => (ms / 1000).toFixed(1)
  console.log(
    `build ${seconds(wallMs)} s, CPU ${seconds(cpuMs)} s, peak ${formatCount(peakMb ?? 0)} MB, spilled ${formatCount(spillMb ?? 0)} MB`,
  )
  console.log(
    formatTable(
      ['step', 's'],
      steps.map(({ name, wallMs: ms }) => [name, seconds(ms)]),
    ),
  )
  for (const name of ['pools', 'banner_stats']) {
    const { size } = await stat(join(out, `${name}.parquet`))
    console.log(`${name}.parquet ${formatCount(size / 1e6)} MB`)
  }
  console.log(`stage ${formatCount((await sizeOf(join(out, 'stage'))) / 1e6)} MB`)
})

async function writeLogs(input: string): Promise<void> {
  await withDatabase(':memory:', { threads: 2, memoryLimit: '2GB' }, async (connection) => {
    for (const dataset of DATASETS) {
      await mkdir(join(input, String(dataset)), { recursive: true })
      const pairs = `select pair // ${banners} + 1 as campaign_id, pair % ${banners} + 1 as banner_id, pair
        from range(${campaigns * banners}) as pairs (pair)`
      const copy = (select: string, table: string) =>
        connection.run(
          `copy (${select}) to ${quotedString(join(input, `${dataset}/${table}.csv`))} (header)`,
        )
      await copy(
        `select banner_id, campaign_id from (${pairs}), range(2) as times (time)
         where time = 0 or hash(pair, ${dataset}) % 2 = 0`,
        'impressions',
      )
      const clicked = `hash(pair, ${dataset}, 'click') % 4 = 0`
      const clickId = `pair + ${dataset * campaigns * banners + 1}`
      await copy(
        `select ${clickId} as click_id, banner_id, campaign_id from (${pairs}) where ${clicked}`,
        'clicks',
      )
      await copy(
        `select ${clickId} as conversion_id, ${clickId} as click_id,
           cast(hash(pair, ${dataset}, 'revenue') % 10000 / 100 as decimal(18, 2)) as revenue
         from (${pairs}) where ${clicked} and hash(pair, ${dataset}, 'conversion') % 2 = 0`,
        'conversions',
      )
    }
  })
}

async function sizeOf(folder: string): Promise<number> {
  const sizes = (await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size)
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}
