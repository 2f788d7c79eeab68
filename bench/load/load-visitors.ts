/** Visitors of every campaign, and what they expect of an answer: the pools as they are in the files, read by DuckDB. */
import { join } from 'node:path'
import { readManifest, resolveBuildFolder } from '../../contract/read.ts'
import { POOLS_FILE } from '../../contract/schema.ts'
import { readRows, withDatabase } from '../../pipeline/base/database.ts'
import type { Reply } from './load-connection.ts'
import type { LoadRequest } from './load-generator.ts'

/** The banners of each pool, by `build_id/dataset/campaign_id`. */
export type KnownPools = Map<string, ReadonlySet<number>>

/** Tells what is wrong with a choice from a pool of the build that the answer names; undefined: nothing. */
export type ChoiceFault = (banner: Banner, pool: ReadonlySet<number>) => string | undefined

const NO_POOL = 'a build or a pool that is not there'

interface StoredPool {
  readonly dataset: number
  readonly campaign_id: bigint
  readonly banner_ids: string
}

/** An answer's body, as far as it is checked. */
export interface Banner {
  readonly campaign_id: number
  readonly dataset: number
  readonly banner_id: number
  readonly image_url: string
  readonly build_id: string
  readonly pool_size: number
}

/** Reads the pools of a build. */
export async function readKnownPools(folder: string): Promise<KnownPools> {
  const build = await resolveBuildFolder(folder)
  const { build_id } = await readManifest(build)
  const options = { threads: 1, memoryLimit: '1GB' }
  const rows = await withDatabase(':memory:', options, (connection) =>
    readRows<StoredPool>(
      connection,
      `select dataset, campaign_id, string_agg(banner_id, ',') as banner_ids
       from read_parquet('${join(build, POOLS_FILE)}')
       group by dataset, campaign_id`,
    ),
  )
  return new Map(
    rows.map(({ dataset, campaign_id, banner_ids }) => [
      `${build_id}/${dataset}/${campaign_id}`,
      new Set(banner_ids.split(',').map(Number)),
    ]),
  )
}

/**
 * Makes the requests of one visitor of each campaign, in a random order that is the same in each run. Every other
 * request comes with the visitor's cookie, and then has to bring another banner than the last.
 *
 * @param known - Of all builds that may be served. Campaigns without a pool in some dataset are left out: in it, they
 *   rightly answer 204.
 * @param choiceFault - What the answer must keep beside that: without a denylist, its pool is whole.
 */
export function createVisitors(
  known: KnownPools,
  host: string,
  choiceFault: ChoiceFault = poolFault,
): () => LoadRequest {
  const campaigns = campaignsInEveryDataset(known)
  const lastOf = new Map<number, number>()
  let turn = 0
  return () => {
    turn++
    // Steps of a prime that is greater than their number meet all campaigns, and neighbours seldom follow each other.
    const campaign = campaigns[(turn * 7919) % campaigns.length] ?? 0
    const last = turn % 2 === 0 ? lastOf.get(campaign) : undefined
    const cookie = last === undefined ? '' : `Cookie: last=${last}\r\n`
    return {
      text: `GET /campaigns/${campaign} HTTP/1.1\r\nHost: ${host}\r\nAccept: */*\r\n${cookie}\r\n`,
      faultOf(reply) {
        const banner = parseBanner(reply)
        if (typeof banner === 'string') return banner
        lastOf.set(campaign, banner.banner_id)
        const asked = { campaign, last }
        const pool = known.get(`${banner.build_id}/${banner.dataset}/${campaign}`)
        return pool === undefined ? NO_POOL : (faultOf(banner, asked) ?? choiceFault(banner, pool))
      },
    }
  }
}

function campaignsInEveryDataset(known: KnownPools): number[] {
  const builds = new Set([...known.keys()].map((key) => key.split('/')[0]))
  const counts = new Map<number, number>()
  for (const key of known.keys()) {
    const campaign = Number(key.split('/')[2])
    counts.set(campaign, (counts.get(campaign) ?? 0) + 1)
  }
  const whole = [...counts].filter(([, count]) => count === 4 * builds.size)
  return whole.map(([campaign]) => campaign).sort((a, b) => a - b)
}

function parseBanner({ status, head, body }: Reply): Banner | string {
  if (status === 0) return head
  if (status !== 200) return `status ${status}`
  try {
    return JSON.parse(body) as Banner
  } catch {
    return 'no JSON'
  }
}

function faultOf(banner: Banner, asked: { campaign: number; last: number | undefined }) {
  if (banner.campaign_id !== asked.campaign) return 'another campaign'
  if (banner.pool_size > 1 && banner.banner_id === asked.last)
    return 'the same banner twice in a row'
  if (!banner.image_url.endsWith(`/images/${banner.banner_id}`)) return 'the picture of another'
  return undefined
}

function poolFault({ banner_id, pool_size }: Banner, pool: ReadonlySet<number>) {
  if (!pool.has(banner_id)) return 'a banner of another pool'
  return pool_size === pool.size ? undefined : 'another size of the pool'
}
