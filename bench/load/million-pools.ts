/** Builds of a million pools, ten million rows. */
import { mkdir, readFile, rename, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { writeManifest, writePoolsFile } from '../../scripts/lib/pool-files.ts'

/** Numbered from 1, each with a pool in all four datasets. */
export const CAMPAIGNS = 250_000
const POOL_SIZE = 10

/** Of `pools.parquet`. */
export const ROWS = 4 * CAMPAIGNS * POOL_SIZE

/** Adds a build with every column of the artifact, as the pipeline writes them; banners differ from build to build. */
export async function addBuild(folder: string, id: string): Promise<void> {
  const build = join(folder, 'builds', id)
  await mkdir(build, { recursive: true })
  await writePoolsFile(
    build,
    `select
        (i // ${CAMPAIGNS * POOL_SIZE} + 1)::smallint as dataset,
        (i // ${POOL_SIZE} % ${CAMPAIGNS} + 1)::bigint as campaign_id,
        (i % ${POOL_SIZE} + 1)::smallint as rank,
        (hash(i // ${POOL_SIZE} || '${id}') % 1000000 * ${POOL_SIZE} + i % ${POOL_SIZE} + 1)::bigint as banner_id,
        'revenue' as source,
        (i % 997 / 8)::decimal(18, 6) as revenue,
        (i % 313)::bigint as clicks, (i % 11)::bigint as conversions, (i % 7919)::bigint as impressions
    from range(${ROWS}) as rows(i)
    order by i`,
  )
  await writeManifest(build, await readFile(join(build, 'pools.parquet')), { build_id: id })
}

/** Makes a build the current one. */
export async function publish(folder: string, id: string): Promise<void> {
  await symlink(join('builds', id), join(folder, 'next'))
  await rename(join(folder, 'next'), join(folder, 'current'))
}
