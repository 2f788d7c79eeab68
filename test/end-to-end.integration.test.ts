import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { buildPools } from '../pipeline/build/build.ts'
import { BUILD_DEFAULTS } from '../pipeline/commands/features.ts'
import { runServer } from '../scripts/lib/run-server.ts'
import { csv, queryOutputs, smallWorld } from './helpers/builds.ts'
import { withFolder, writeFiles } from './helpers/folders.ts'
import { runWatch } from './helpers/watch.ts'

describe('from CSV files to a served banner', () => {
  it('serves every banner of the pool and no other, never the same twice in a row', async () => {
    await withFolder(async (folder) => {
      const [input, out] = [join(folder, 'in'), join(folder, 'out')]
      const world = smallWorld()
      // Campaign 8, dataset 2: converted 41 and 42, clicked 43, and 44 to 46 only shown: five in all.
      world['2/impressions_8.csv'] = csv('banner_id,campaign_id', ['44,8', '45,8', '46,8'])
      world['2/clicks_8.csv'] = csv('click_id,banner_id,campaign_id', [
        '801,41,8',
        '802,42,8',
        '803,43,8',
      ])
      world['2/conversions_8.csv'] = csv('conversion_id,click_id,revenue', ['81,801,0', '82,802,3'])
      await writeFiles(input, world)
      await buildPools({ ...BUILD_DEFAULTS, input, out })
      const served: number[] = []

      await runServer(['--artifacts', out, '--port', '0'], async (url) => {
        for (let request = 0; request < 60; request += 1) {
          // A preview has no cookie: the last banner is excluded by name, as a page with several slots does.
          const last = served.at(-1) ?? ''
          const response = await fetch(`${url}/campaigns/8?dataset=2&exclude=${last}`)
          served.push(((await response.json()) as { banner_id: number }).banner_id)
        }
      })

      // `printf '0|2|8|46' | md5sum` begins with 063d, that of 44 with 3521, of 45 with 6ec0: 45 is out.
      expect([...new Set(served)].sort()).toEqual([41, 42, 43, 44, 46])
      expect(served.filter((banner, index) => banner === served[index - 1])).toEqual([])
      const query = 'select banner_id from pools where campaign_id = 8 order by rank limit 3'
      expect(await queryOutputs(out, query)).toEqual([
        { banner_id: 42 },
        { banner_id: 41 },
        { banner_id: 43 },
      ])
    })
  })

  it('serves what a watch builds from files that come, and through files that are bad', async () => {
    await withFolder(async (folder) => {
      const [input, out] = [join(folder, 'in'), join(folder, 'out')]
      await writeFiles(input, smallWorld())
      const flags = ['--settle', '0.3', '--interval', '0.1', '--json']

      await runWatch(['--input', input, '--out', out, ...flags], async (results) => {
        const first = await results.next()
        await runServer(['--artifacts', out, '--port', '0'], async (url) => {
          const served = async () =>
            (await (await fetch(`${url}/campaigns/7?dataset=1`)).json()) as { build_id: string }
          expect(await served()).toMatchObject({ build_id: first.build_id, pool_size: 4 })

          await writeFiles(input, { '1/clicks_2.csv': 'click_id\n1\n' })
          expect(await results.next()).toMatchObject({
            status: 'failed',
            error: expect.stringMatching(/clicks_2.csv: column banner_id is missing/),
          })
          expect(await served()).toMatchObject({ build_id: first.build_id })

          await writeFiles(input, {
            '1/clicks_2.csv': csv('click_id,banner_id,campaign_id', ['900,38,7']),
          })
          const second = await results.next()
          expect(second).toMatchObject({ status: 'built', files: 13, rows: 49 })
          await expect.poll(served, { timeout: 10_000 }).toMatchObject({
            build_id: second.build_id,
            pool_size: 5,
          })
        })
      })
    })
  })
})
