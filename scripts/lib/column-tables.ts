/** The tables of columns in the docs, made of what contract/ declares. */
import {
  PUBLISHED_FILES,
  type PublishedColumn,
  type PublishedFile,
} from '../../contract/columns.ts'
import {
  BANNER_HISTORY_COLUMNS,
  BUILD_HISTORY_COLUMNS,
  CAMPAIGN_HISTORY_COLUMNS,
} from '../../contract/history.ts'
import { type InputColumn, LOG_COLUMNS } from '../../contract/input-columns.ts'

/** The pages that have some. */
export const PAGES_WITH_COLUMNS = ['docs/artifact.md', 'docs/input.md'] as const

const BUILD_HISTORY: PublishedFile = {
  grain: 'A row for each build',
  columns: BUILD_HISTORY_COLUMNS,
  order: ['created_at', 'build_id'],
}
const CAMPAIGN_HISTORY: PublishedFile = {
  grain:
    'A row for each campaign and dataset on each day on which something of it differs from its row before',
  columns: CAMPAIGN_HISTORY_COLUMNS,
  order: ['dataset', 'campaign_id', 'day'],
}

const BANNER_HISTORY: PublishedFile = {
  grain:
    'A row for each banner on each day on which something of it differs from its row before; a month begins with the last row of each banner before it',
  columns: BANNER_HISTORY_COLUMNS,
  order: ['banner_id', 'day'],
}

const TABLES: ReadonlyMap<string, string> = new Map([
  ...Object.entries(PUBLISHED_FILES).map(
    ([file, published]) => [file, formatFile(file, published)] as const,
  ),
  ['history_builds', formatFile('builds_….parquet', BUILD_HISTORY)],
  ['history_campaigns', formatFile('campaigns_….parquet', CAMPAIGN_HISTORY)],
  ['history_banners', formatFile('banners_….parquet', BANNER_HISTORY)],
  ['logs', formatInputs(LOG_COLUMNS)],
])

/** Writes the tables of a page anew, each between `<!-- pools.parquet -->` and `<!-- end -->`. */
export function putColumnTables(page: string): string {
  return page.replaceAll(/<!-- ([\w.]+) -->\n[\s\S]*?<!-- end -->/g, (all, name) => {
    const table = TABLES.get(name)
    return table === undefined ? all : `<!-- ${name} -->\n${table}\n<!-- end -->`
  })
}

function formatFile(name: string, { grain, columns, order }: PublishedFile): string {
  return `| \`${name}\` | type | meaning |
|---|---|---|
${Object.entries(columns).map(formatColumn).join('\n')}

${grain}. Sorted by ${order.join(', ')}.`
}

function formatColumn([name, { type, values, meaning }]: [string, PublishedColumn]): string {
  const codes = type === 'varchar' && values !== undefined && values.length <= 5
  const all = codes ? [values.map((value) => `\`${value}\``).join(', ')] : []
  const words = [...all, ...(meaning === '' ? [] : [meaning])].join(': ')
  return `| ${name} | ${type} | ${words}${words === '' ? '' : ' '}|`
}

function formatInputs(tables: Readonly<Record<string, readonly InputColumn[]>>): string {
  const rows = Object.entries(tables).map(([table, columns]) => {
    return `| ${table} | \`${columns.map(({ name }) => name).join()}\` |`
  })
  return ['| table | columns |', '|---|---|', ...rows].join('\n')
}
