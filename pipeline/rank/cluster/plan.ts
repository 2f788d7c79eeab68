/** Everything that a build asks of a cluster, in order, before anything is asked. */
import { TABLES } from '../../../contract/schema.ts'
import { quotedString } from '../../base/database.ts'
import { readSql } from '../../base/sql.ts'
import { parseSqlHeader, type SqlColumn } from '../../base/sql-header.ts'
import type { ReadyFile } from '../../input/intake.ts'
import { MODELS, type Model } from '../models.ts'
import type { ClusterEngine, Statement } from './cluster.ts'
import { DIALECTS, type WorkPlace } from './dialects.ts'
import { type RawTable, sortIntoRawTables } from './layout.ts'
import { accountSelect, loadedSelect } from './loaded.ts'

/** A select whose rows come back. All its columns are text. */
export interface Fetch extends Statement {
  /** Names and DuckDB types of the columns. */
  readonly columns: readonly SqlColumn[]
}

/** A build on a cluster. */
export interface Plan {
  readonly place: WorkPlace
  /** The files that must be in the folder of each raw table before `load` runs. */
  readonly raws: readonly RawTable[]
  readonly createSchema: Statement
  /** Raw text to typed rows. */
  readonly load: readonly Statement[]
  /** What arrived, by file. */
  readonly account: Fetch
  /** Typed rows to pools. */
  readonly models: readonly Statement[]
  /** What comes back, by the name of the table that it becomes. */
  readonly fetches: readonly Fetch[]
  readonly dropSchema: Statement
}

/** What decides a plan. */
export interface PlanOptions {
  readonly engine: ClusterEngine
  readonly catalog: string
  /** Where the cluster finds its work: the work schema's folder is made in it. */
  readonly workLocation: string
  readonly buildId: string
  readonly seed: number
  readonly files: readonly ReadyFile[]
}

/** Models that need another text on Trino and Athena: sql/trino instead of sql/staging. */
const TRINO_MODELS = new Set(['stg_campaign_banners'])

/** Models of which nothing but the result is wanted. */
const FETCHED_MODELS = new Set(['unfit_rows', 'duplicate_rows'])

/** Tables that come back as they are. */
const FETCHED_TABLES = ['banner_stats', 'pools'] as const

/** Plans a build on a cluster. The same inputs give the same plan. */
export async function planBuild(options: PlanOptions): Promise<Plan> {
  const { engine, catalog, workLocation, buildId, seed, files } = options
  const dialect = DIALECTS[engine]
  const schema = `pools_${buildId}`
  const place = { catalog, schema, location: `${workLocation.replace(/\/+$/, '')}/${schema}/` }
  const raws = sortIntoRawTables(files)
  const createTable = (name: string, select: string) => ({
    name,
    sql: dialect.createTable(place, name, select),
  })
  const models = MODELS.filter(({ name }) => !FETCHED_MODELS.has(name))
  return {
    place,
    raws,
    createSchema: { name: 'create schema', sql: dialect.createSchema(place), isOutside: true },
    load: [
      ...raws.map((raw) => ({ name: raw.name, sql: dialect.createRaw(place, raw) })),
      ...TABLES.map((table) => {
        const own = raws.filter((raw) => raw.table === table)
        return createTable(`loaded_${table}`, loadedSelect(table, own))
      }),
    ],
    account: {
      name: 'loaded_rows',
      sql: accountSelect(),
      columns: [
        { name: 'file', type: 'integer' },
        { name: 'row_count', type: 'bigint' },
        { name: 'unfit_count', type: 'bigint' },
      ],
    },
    models: [
      createTable('seeds', `select ${quotedString(String(seed))} as seed`),
      ...(await Promise.all(
        models.map(async (model) => {
          const select = await readSelect(model)
          return model.kind === 'view'
            ? { name: model.name, sql: `create view ${model.name} as\n${select.trimEnd()}` }
            : createTable(model.name, select)
        }),
      )),
    ],
    fetches: [...(await planFetches(models)), MEASURES],
    dropSchema: { name: 'drop schema', sql: dialect.dropSchema(place), isOutside: true },
  }
}

/** See measures.ts. */
const MEASURES: Fetch = {
  name: 'fetched_measures',
  sql: [
    ['stg_clicks', 'click_id'],
    ['stg_conversions', 'conversion_id'],
  ]
    .map(
      ([table, key]) =>
        `select\n    'shared_${key}s' as name,\n    cast(count(*) - count(distinct ${key}) as varchar) as amount\nfrom ${table}`,
    )
    .join('\nunion all\n'),
  columns: [
    { name: 'name', type: 'varchar' },
    { name: 'amount', type: 'bigint' },
  ],
}

async function planFetches(models: readonly Model[]): Promise<Fetch[]> {
  const fetches: Fetch[] = []
  for (const name of FETCHED_TABLES) {
    const model = models.find((one) => one.name === name)
    if (model === undefined) throw new Error(`no such model: ${name}`)
    fetches.push(planFetch(name, await readSql(model.folder, name), `from ${name}`))
  }
  for (const name of FETCHED_MODELS) {
    const select = await readSql('staging', name)
    fetches.push(planFetch(name, select, `from (\n${select.trimEnd()}\n)`))
  }
  return fetches
}

function planFetch(name: string, select: string, from: string): Fetch {
  // A test of sql/ holds the header to the truth.
  const { columns } = parseSqlHeader(select)
  const texts = columns.map((column) => `    cast(${column.name} as varchar) as ${column.name}`)
  return { name, sql: `select\n${texts.join(',\n')}\n${from}`, columns }
}

function readSelect({ name, folder }: Model): Promise<string> {
  return readSql(TRINO_MODELS.has(name) ? 'trino' : folder, name)
}

/** All statements of a plan in the order in which they run. */
export function listStatements(plan: Plan): Statement[] {
  const { createSchema, load, account, models, fetches, dropSchema } = plan
  return [createSchema, ...load, account, ...models, ...fetches, dropSchema].map(
    ({ name, sql }) => ({ name, sql }),
  )
}

/** Writes a plan as SQL that a person can read or run. */
export function describePlan(plan: Plan): string {
  const { catalog, schema, location } = plan.place
  const places = plan.raws.flatMap(({ name, files }) =>
    files.map((file) => `--   ${file.file.source.path} -> raw/${name}/${file.name}`),
  )
  const intro = [
    `-- Work schema ${catalog}.${schema}, the default one of all statements.`,
    `-- Files, in ${location}`,
    ...places,
  ]
  const written = listStatements(plan).map(({ name, sql }) => `-- ${name}\n${sql};`)
  return [intro.join('\n'), ...written].join('\n\n')
}
