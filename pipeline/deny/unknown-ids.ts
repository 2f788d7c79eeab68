import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { Denylist } from '../../contract/denylist.ts'
import { verifyFile } from '../../contract/read.ts'
import { type Manifest, POOLS_FILE } from '../../contract/schema.ts'
import { literalPath, quotedString, readRows, withDatabase } from '../base/database.ts'

/** Ids of a denylist that no pool of a build has, ascending. */
export interface UnknownIds {
  readonly buildId: string
  readonly banners: readonly number[]
  readonly campaigns: readonly number[]
}

/** Two columns of one file need little. */
const READER = { threads: 2, memoryLimit: '1GB' }

/**
 * Finds what of a denylist names nothing that is shown.
 *
 * @param folder - Holds `pools.parquet` of the build.
 * @throws {ArtifactError} If that file is not what the manifest says.
 */
export async function findUnknownIds(
  folder: string,
  manifest: Manifest,
  { banners, campaigns }: Denylist,
): Promise<UnknownIds> {
  await verifyFile(folder, manifest, POOLS_FILE)
  const pools = `read_parquet(${quotedString(literalPath(join(folder, POOLS_FILE)))})`
  return withDatabase(':memory:', READER, async (connection) => {
    const missing = async (column: string, ids: ReadonlySet<number>) => {
      const known = await readIds(connection, column, pools)
      return [...ids].filter((id) => !known.has(id)).sort((a, b) => a - b)
    }
    return {
      buildId: manifest.build_id,
      banners: await missing('banner_id', banners),
      campaigns: await missing('campaign_id', campaigns),
    }
  })
}

async function readIds(
  connection: DuckDBConnection,
  column: string,
  pools: string,
): Promise<ReadonlySet<number>> {
  const rows = await readRows<{ id: number }>(
    connection,
    `select distinct ${column} as id from ${pools}`,
  )
  return new Set(rows.map(({ id }) => id))
}
