/** What a cluster would be asked, as golden files: a change of any statement shows in a diff. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { BUILD_DEFAULTS } from '../../../../pipeline/commands/features.ts'
import { planPools } from '../../../../pipeline/commands/plan-pools.ts'
import { CLUSTER_ENGINES, type ClusterEngine } from '../../../../pipeline/rank/cluster/cluster.ts'
import { describePlan, listStatements, type Plan } from '../../../../pipeline/rank/cluster/plan.ts'
import { type InputFiles, smallWorld } from '../../../helpers/builds.ts'
import { withFolder, writeFiles } from '../../../helpers/folders.ts'

/** Clicks in every layout: as usual, reordered with another column and returns, packed, and one with a reject. */
const FILES: InputFiles = {
  ...smallWorld(),
  '1/clicks_b.csv': 'banner_id,note,click_id,campaign_id\r\n31,x,500,7\r\n',
  '1/clicks_c.csv.gz': gzipSync('click_id,banner_id,campaign_id\n501,31,7\n'),
  '2/clicks_b.csv': 'click_id,banner_id,campaign_id\n"502",31,7\nx,31,7\n',
  '2/impressions_b.csv': 'banner_id,campaign_id\n"31",7\n',
  '3/clicks_none.csv': 'click_id,banner_id,campaign_id\nx,31,7\n',
}

function plan(engine: ClusterEngine, files = FILES): Promise<Plan> {
  return withFolder(async (input) => {
    await writeFiles(input, files)
    const place = { catalog: 'hive', workLocation: 's3://bucket/work' }
    return planPools({ ...BUILD_DEFAULTS, ...place, input, engine })
  })
}

describe('planPools', () => {
  it.each(CLUSTER_ENGINES)(
    'plans the statements that stand in test/pipeline/engines/plan.%s.sql',
    async (engine) => {
      const golden = new URL(`plan.${engine}.sql`, import.meta.url)

      const described = `${describePlan(await plan(engine))}\n`.replaceAll(
        /pools_[0-9a-f]{16}/g,
        'pools_BUILD_ID',
      )

      if (process.env.UPDATE_PLANS !== undefined) await writeFile(golden, described)
      expect(described).toBe(await readFile(golden, 'utf8'))
    },
  )

  it('plans nothing for a file of which no row is accepted', async () => {
    const { raws } = await plan('trino')

    const placed = raws.flatMap(({ files }) => files.map(({ file }) => file.source.path))
    expect(placed).toContain('2/clicks_b.csv')
    expect(placed).not.toContain('3/clicks_none.csv')
  })

  it('makes the tables of a log without a file', async () => {
    const { load } = await plan('trino', { ...smallWorld(), ...headersOnly('conversions') })

    const loaded = load.find(({ name }) => name === 'loaded_conversions')
    expect(loaded?.sql).toContain('where false')
  })

  it('ends with dropping what it began with', async () => {
    const statements = listStatements(await plan('athena'))

    expect(statements.at(0)?.sql).toMatch(/^create database pools_/)
    expect(statements.at(-1)?.sql).toMatch(/^drop database if exists pools_\w+ cascade$/)
  })
})

function headersOnly(table: 'conversions'): InputFiles {
  const path = (dataset: number) => join(String(dataset), `${table}_${dataset}.csv`)
  return Object.fromEntries(
    [1, 2, 3, 4].map((dataset) => [path(dataset), 'conversion_id,click_id,revenue\n']),
  )
}
