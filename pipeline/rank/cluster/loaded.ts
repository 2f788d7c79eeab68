/** Selects that turn raw text into the typed rows of `loaded_<table>`, in Trino's SQL. */
import type { InputColumn } from '../../../contract/input-columns.ts'
import { TABLES, type Table } from '../../../contract/schema.ts'
import {
  COLUMNS,
  GREATEST_IDS,
  REVENUE_DECIMALS,
  REVENUE_WHOLE_DIGITS,
  SQL_TYPES,
} from '../../input/columns.ts'
import { BEYOND } from './dialects.ts'
import { type RawTable, ROW_COUNT } from './layout.ts'

/** The end of a placed file's path: its dataset and its index. */
const PLACED_NAME = '/([0-9])_([0-9]+)[.]csv([.]gz)?$'

const PLACED_PARQUET = '/([0-9])_([0-9]+)[.]parquet$'

/** A revenue as clean-lines.ts has it. */
const REVENUE = `^(0|[1-9][0-9]{0,${REVENUE_WHOLE_DIGITS - 1}})([.][0-9]{1,${REVENUE_DECIMALS}})?$`

/**
 * Writes the select behind `loaded_<table>`.
 *
 * Only lines that the scanner proved clean get here, and they are checked all the same: a row that does not fit has
 * null for its first column, and {@link accountSelect} counts it.
 *
 * @param raws - The raw tables of this log; there may be none.
 */
export function loadedSelect(table: Table, raws: readonly RawTable[]): string {
  const columns = table === 'impressions' ? [...COLUMNS[table], COUNTED] : COLUMNS[table]
  const names = columns.map(({ name }) => name)
  const [first = '', ...others] = names
  const texts = raws.filter(({ isParquet }) => !isParquet)
  const scanned = raws.filter(({ isParquet }) => isParquet)
  return [
    'with fields as (',
    texts.length === 0 ? noFields(names) : texts.map((raw) => formatFields(raw, names)).join(UNION),
    '),',
    '',
    'typed as (',
    '    select',
    listed(['dataset', 'file', ...columns.map(typedColumn), BEYOND]),
    ['    from fields', ...scanned.map((raw) => selectTyped(raw, names))].join(UNION),
    '),',
    '',
    'checked as (',
    '    select',
    listed(['dataset', 'file', firstColumn(first, columns), ...others]),
    '    from typed',
    ')',
    '',
    table === 'impressions' ? COUNT_PAIRS : 'select * from checked',
  ].join('\n')
}

/** Impressions arrive one a row, or counted by the scanner. */
const COUNTED: InputColumn = { name: ROW_COUNT, kind: 'id' }

const UNION = '\n    union all\n'

/** A count that does not fit is one row that does not. */
const COUNT_PAIRS = `select
    dataset,
    file,
    banner_id,
    campaign_id,
    cast(sum(coalesce(row_count, 1)) as bigint) as row_count
from checked
group by
    dataset,
    file,
    banner_id,
    campaign_id`

/** Writes the select that counts, for each file, the rows that arrived and those of them that do not fit. */
export function accountSelect(): string {
  return TABLES.map((table) => {
    const [first] = COLUMNS[table]
    const rows = table === 'impressions' ? 'row_count' : '1'
    return [
      'select',
      '    cast(file as varchar) as file,',
      `    cast(sum(${rows}) as varchar) as row_count,`,
      `    cast(sum(case when ${first?.name} is null then ${rows} else 0 end) as varchar)`,
      '        as unfit_count',
      `from loaded_${table}`,
      'group by file',
    ].join('\n')
  }).join('\nunion all\n')
}

/** An engine may hand out the return of a line end, or not. */
function formatFields({ name, columns, lineEnd }: RawTable, names: readonly string[]): string {
  const last = columns.at(-1)
  const field = (column: string) => {
    if (!columns.includes(column)) return `'1' as ${column}`
    const isLast = lineEnd === '\r\n' && column === last
    return isLast ? `replace(${column}, chr(13), '') as ${column}` : column
  }
  return [
    '    select',
    listed([
      `cast(regexp_extract("$path", '${PLACED_NAME}', 1) as smallint)\n            as dataset`,
      `cast(regexp_extract("$path", '${PLACED_NAME}', 2) as integer)\n            as file`,
      ...names.map(field),
      BEYOND,
    ]),
    `    from ${name}`,
  ].join('\n')
}

/** Rows that were scanned elsewhere have their types. */
function selectTyped({ name }: RawTable, names: readonly string[]): string {
  const path = (place: number, type: string) =>
    `cast(regexp_extract("$path", '${PLACED_PARQUET}', ${place}) as ${type})`
  return [
    '    select',
    listed([
      `${path(1, 'smallint')}\n            as dataset`,
      `${path(2, 'integer')}\n            as file`,
      ...names,
      `cast(null as varchar) as ${BEYOND}`,
    ]),
    `    from ${name}`,
  ].join('\n')
}

function noFields(names: readonly string[]): string {
  const columns = [...names, BEYOND].map((name) => `cast(null as varchar) as ${name}`)
  return [
    '    select',
    listed(['cast(null as smallint) as dataset', 'cast(null as integer) as file', ...columns]),
    '    where false',
  ].join('\n')
}

/** Text that comes back as it was is canonical: no sign, space, or leading zero got lost. */
function typedColumn({ name, kind }: InputColumn): string {
  const test =
    kind === 'revenue'
      ? `regexp_like(${name}, '${REVENUE}')`
      : `cast(try_cast(${name} as bigint) as varchar) = ${name}`
  return `case\n            when ${test}\n                then try_cast(${name} as ${SQL_TYPES[kind]})\n        end as ${name}`
}

function firstColumn(first: string, columns: readonly InputColumn[]): string {
  const tests = columns.map(({ name, kind }) =>
    kind === 'revenue' ? `${name} is not null` : `${name} between 1 and ${GREATEST_IDS[kind]}`,
  )
  const fits = [...tests, `${BEYOND} is null`].join('\n                and ')
  return `case\n            when ${fits}\n                then ${first}\n        end as ${first}`
}

function listed(items: readonly string[]): string {
  return items.map((item) => `        ${item}`).join(',\n')
}
