/** What Trino and Athena spell differently: both select in Trino's SQL, but Athena declares tables in Hive's. */
import { quotedString } from '../../base/database.ts'
import { COLUMNS, SQL_TYPES } from '../../input/columns.ts'
import type { ClusterEngine } from './cluster.ts'
import type { RawTable } from './layout.ts'

/** Where a work schema is. */
export interface WorkPlace {
  readonly catalog: string
  /** `pools_<build id>` */
  readonly schema: string
  /** The folder of the work schema, with a slash at the end: `s3://bucket/work/pools_1f…/`. */
  readonly location: string
}

/** Statements that are spelt differently; all run with the work schema as the default one. */
export interface Dialect {
  createSchema(place: WorkPlace): string
  /** Drops the schema with its tables; files may stay behind. */
  dropSchema(place: WorkPlace): string
  /** Declares the files of a folder as a table of text columns, with one more for what should not be there. */
  createRaw(place: WorkPlace, raw: RawTable): string
  /** Makes a table of what a select finds. */
  createTable(place: WorkPlace, name: string, select: string): string
}

/** A column behind the last of a raw table: null, unless a line has more fields than the header. */
export const BEYOND = 'beyond'

const TRINO: Dialect = {
  createSchema: ({ catalog, schema, location }) =>
    `create schema ${catalog}.${schema}\nwith (location = ${quotedString(location)})`,
  dropSchema: ({ catalog, schema }) => `drop schema if exists ${catalog}.${schema} cascade`,
  createRaw: ({ location }, raw) => {
    if (raw.isParquet) {
      const at = `external_location = ${quotedString(`${location}raw/${raw.name}`)}`
      return [
        ...[`create table ${raw.name} (`, listed(typedColumns(raw)), ')', 'with ('],
        ...[listed([at, "format = 'PARQUET'"]), ')'],
      ].join('\n')
    }
    const properties = [
      `external_location = ${quotedString(`${location}raw/${raw.name}`)}`,
      "format = 'TEXTFILE'",
      "textfile_field_separator = ','",
      ...(raw.hasHeader ? ['skip_header_line_count = 1'] : []),
    ]
    return [
      `create table ${raw.name} (`,
      listed([...raw.columns, BEYOND].map((name) => `${name} varchar`)),
      ')',
      'with (',
      listed(properties),
      ')',
    ].join('\n')
  },
  createTable: (_, name, select) =>
    `create table ${name}\nwith (format = 'PARQUET')\nas (\n${select.trimEnd()}\n)`,
}

const ATHENA: Dialect = {
  createSchema: ({ schema, location }) =>
    `create database ${schema}\nlocation ${quotedString(location)}`,
  dropSchema: ({ schema }) => `drop database if exists ${schema} cascade`,
  createRaw: ({ location }, raw) => {
    const at = `location ${quotedString(`${location}raw/${raw.name}/`)}`
    if (raw.isParquet) {
      return [
        ...[`create external table ${raw.name} (`, listed(typedColumns(raw)), ')'],
        ...['stored as parquet', at],
      ].join('\n')
    }
    return [
      `create external table ${raw.name} (`,
      listed([...raw.columns, BEYOND].map((name) => `${name} string`)),
      ')',
      "row format delimited fields terminated by ',' lines terminated by '\\n'",
      'stored as textfile',
      at,
      ...(raw.hasHeader ? ["tblproperties ('skip.header.line.count' = '1')"] : []),
    ].join('\n')
  },
  createTable: ({ location }, name, select) =>
    [
      `create table ${name}`,
      'with (',
      listed([
        "format = 'PARQUET'",
        `external_location = ${quotedString(`${location}tables/${name}/`)}`,
      ]),
      ')',
      `as (\n${select.trimEnd()}\n)`,
    ].join('\n'),
}

/** The dialect of each engine. */
export const DIALECTS: Readonly<Record<ClusterEngine, Dialect>> = { trino: TRINO, athena: ATHENA }

/** As base/parquet/rows-file.ts writes them. */
function typedColumns({ table, columns }: RawTable): string[] {
  const types = new Map(COLUMNS[table].map(({ name, kind }) => [name, SQL_TYPES[kind]]))
  return columns.map((name) => `${name} ${types.get(name) ?? 'bigint'}`)
}

function listed(items: readonly string[]): string {
  return items.map((item) => `    ${item}`).join(',\n')
}
