/** Files of builds with given pools, for tests and measurements. */
import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DATASETS, FORMAT_VERSION, type Manifest, POOLS_FILE } from '../../contract/schema.ts'
import { PROGRAM_VERSION } from '../../contract/version.ts'

/** A row of `pools.parquet`: dataset, campaign, rank, banner. */
export type Row = readonly [dataset: number, campaign: number, rank: number, banner: number]

/** The banners of a campaign, best first: the same in every quarter of the hour, or by dataset. */
export type PoolsByCampaign = Readonly<
  Record<number, readonly number[] | Readonly<Record<number, readonly number[]>>>
>

export const BUILD_ID = '0123456789abcdef'

/** The rows of `pools.parquet` in its order. */
export function rowsOf(campaigns: PoolsByCampaign): Row[] {
  const ids = Object.keys(campaigns).map(Number)
  ids.sort((a, b) => a - b)
  return DATASETS.flatMap((dataset) =>
    ids.flatMap((id) => {
      const pools = campaigns[id] ?? []
      const banners = (isList(pools) ? pools : pools[dataset]) ?? []
      return banners.map((banner, place): Row => [dataset, id, place + 1, banner])
    }),
  )
}

/** Writes a build with the columns that the server reads and one that it does not, as the pipeline would. */
export async function writeBuild(folder: string, rows: readonly Row[]): Promise<void> {
  await writeManifest(folder, await writeRows(join(folder, POOLS_FILE), rows))
}

/** Writes `pools.parquet` with what a query selects, and a manifest with its checksum. */
export async function writePoolsFile(folder: string, query: string): Promise<void> {
  await writeManifest(folder, await writeQuery(join(folder, POOLS_FILE), query))
}

/** Writes rows of pools as a Parquet file, and gives its bytes. */
export async function writeRows(path: string, rows: readonly Row[]): Promise<Buffer> {
  const values =
    rows.length === 0 ? '(null, null, null, null)' : rows.map((row) => `(${row.join()})`)
  return writeQuery(
    path,
    `select
        col0::smallint as dataset, col1::bigint as campaign_id, col2::smallint as rank,
        col3::bigint as banner_id, 'revenue' as source
    from (values ${values}) where col0 is not null`,
  )
}

/** Writes what a query selects as a Parquet file, and gives its bytes. */
export async function writeQuery(path: string, query: string): Promise<Buffer> {
  // Loaded here, so that tests of pools without a file need no engine.
  const { DuckDBInstance } = await import('@duckdb/node-api')
  const instance = await DuckDBInstance.create()
  const connection = await instance.connect()
  try {
    await connection.run(`copy (${query}) to '${path}' (format parquet, compression zstd)`)
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
  return readFile(path)
}

/** Writes a manifest with the checksum of `pools.parquet`. */
export async function writeManifest(
  folder: string,
  bytes: Uint8Array,
  changes: Partial<Manifest> = {},
): Promise<void> {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const output = { file: POOLS_FILE, bytes: bytes.length, sha256, rows: await countRows(bytes) }
  const manifest = manifestWith({ outputs: [output], ...changes })
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest))
}

/** A manifest of nothing, but for what is given. */
export function manifestWith(fields: Partial<Manifest>): Manifest {
  return {
    previous_build_id: null,
    measures: {},
    format_version: FORMAT_VERSION,
    version: PROGRAM_VERSION,
    keep_equal_files: false,
    renames: [],
    window: null,
    summary: null,
    warnings: [],
    build_id: BUILD_ID,
    created_at: '2026-11-01T00:00:00.000Z',
    engine: { name: 'duckdb', version: '1.5.6' },
    seed: 0,
    inputs: [],
    outputs: [],
    checks: [],
    ...fields,
  }
}

/** Counts the rows of a Parquet file as another reader finds them; 0 if it is none. */
export async function countRows(bytes: Uint8Array): Promise<number> {
  const { parquetMetadata } = await import('hyparquet')
  try {
    return Number(parquetMetadata(bytes).num_rows)
  } catch {
    return 0
  }
}

function isList(pools: PoolsByCampaign[number]): pools is readonly number[] {
  return Array.isArray(pools)
}
