import type { Manifest } from '../../../contract/schema.ts'
import { withoutPacking } from '../../../pipeline/input/packing.ts'
import { queryOutputs } from '../../helpers/builds.ts'

/**
 * Writes statements that make the tables which checks read and no build has on the cluster; there is no build before.
 *
 * @param out - Artifacts folder with the build.
 */
export async function checkTables(out: string, manifest: Manifest): Promise<string[]> {
  const inputs = manifest.inputs.map(
    ({ dataset, table, path, status, rows, accepted, rejected, duplicates, rounded }) =>
      [
        dataset ?? 'cast(null as smallint)',
        `'${table}'`,
        `'${withoutPacking(path)}'`,
        `'${status}'`,
        rows,
        accepted,
        rejected,
        duplicates,
        rounded,
      ].join(),
  )
  const rejects = await queryOutputs<{ file: string; reason: string }>(
    out,
    'select dataset, file, line, reason from rejects',
  )
  const inputColumns =
    'dataset, log, path, status, row_count, accepted, rejected, duplicates, rounded'
  const tableOf = (name: string, columns: string, rows: readonly string[]) =>
    `create table ${name} as select * from (values ${rows.map((row) => `(${row})`)}) as given (${columns})`
  const noneOf = (name: string, columns: readonly string[]) =>
    `create table ${name} as select ${columns.map((column) => `cast(null as ${column}`)} where false`
  return [
    tableOf('datasets', 'dataset', ['1', '2', '3', '4']),
    tableOf('inputs', inputColumns, inputs),
    tableOf(
      'measures',
      'name, amount',
      Object.entries(manifest.measures).map(([name, amount]) => `'${name}', ${amount}`),
    ),
    tableOf(
      'rejects',
      'dataset, file, line, reason, text',
      rejects.map(
        (row) =>
          `${Object.values(row).map((value) => (typeof value === 'string' ? `'${value}'` : value))}, ''`,
      ),
    ),
    noneOf('previous_pools', [
      'bigint) as dataset',
      'bigint) as campaign_id',
      'bigint) as banner_id',
    ]),
    noneOf('previous_inputs', ['bigint) as dataset', 'varchar) as log', 'bigint) as accepted']),
    noneOf('banners', ['bigint) as banner_id']),
    noneOf('campaign_banners', ['bigint) as banner_id']),
  ]
}
