/** Files and folders that are not read and look as if they should be: why, and which name would fit. */
import { DATASETS, type Dataset, TABLES, type Table } from '../../contract/schema.ts'

/** Something that is passed over, with a warning. */
export interface Unread {
  /** Why it is not read, as a clause; the same for all of a kind. */
  readonly why: string
  /** A path that would be read; null if none can be guessed. */
  readonly fits: string | null
  /** The dataset and the table that it seems to be of. */
  readonly dataset: Dataset | null
  readonly table: Table | null
}

/** `clicks`, `Click-2.csv`; not `clickstream.csv`. */
const NEARLY_TABLE = /^(impression|click|conversion)s?(?![a-z])/i
/** Endings of data, wherever they stand in the name: `.csv.bak`, `.tar.gz`. */
const DATA_ENDING =
  /\.(csv|tsv|tab|psv|txt|gz|tgz|zst|zip|7z|rar|tar|bz2|xz|lz4|snappy|br|parquet|orc|avro|jsonl?|ndjson|xlsx?|ods|sqlite|duckdb|db)(?![a-z])/i
/** In a folder of no dataset, only this is taken for a log. */
const CSV_ENDING = /\.csv(?![a-z])/i
const ARCHIVE = /\.(gz|tgz|zst|zip|7z|rar|tar|bz2|xz|lz4|snappy|br)$/i
const OTHER_FORMAT =
  /\.(tsv|tab|psv|txt|parquet|orc|avro|jsonl?|ndjson|xlsx?|ods|sqlite|duckdb|db)$/i
const GZIP_CSV = /\.csv\.gz$/i
/** `01`, `dataset=1`, `quarter 3`, `5`. */
const NEARLY_DATASET = /^(?:(?:dataset|data|quarter|set|ds|q)[\s_=.-]*)?0*(\d{1,3})$/i
const NEARLY_LIST = /^(campaign[_\s-]?banners?|banners?)(?![a-z])/i

/**
 * Finds out whether a path that is not read looks like a log or a dataset.
 *
 * @param names - The parts of the path below the input folder; the last is empty for a folder.
 */
export function findUnread(names: readonly string[]): Unread | null {
  const [first = ''] = names
  const dataset = DATASETS.find((one) => String(one) === first) ?? null
  if (names.length === 1) return findInRoot(first)
  return dataset === null ? findInFolder(names) : findInDataset(names, dataset)
}

/** Joins things that are passed over for the same reason into one sentence each. */
export function describeUnread(
  all: readonly (Unread & { readonly path: string })[],
  shown = 3,
): string[] {
  const groups = groupByWhy(all)
  return [...groups].map(([why, group]) => {
    const first = group.slice(0, shown).map(({ path, fits }) => {
      return fits === null ? path : `${path} (would be read as ${fits})`
    })
    const rest = group.length - first.length
    return `not read, ${why}: ${first.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
  })
}

function groupByWhy<T extends Unread>(all: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const one of all) {
    const group = groups.get(one.why)
    if (group === undefined) groups.set(one.why, [one])
    else group.push(one)
  }
  return groups
}

function findInRoot(name: string): Unread | null {
  const table = findTable(name)
  const nothing = { dataset: null, table }
  const list = NEARLY_LIST.exec(name)?.[1]
  if (list !== undefined && (DATA_ENDING.test(name) || !name.includes('.'))) {
    const fits = /^campaign/i.test(list) ? 'campaign_banners.csv' : 'banners.csv'
    return { ...nothing, why: 'a list has one name, with .gz if it is packed', fits }
  }
  if (table === null && !DATA_ENDING.test(name)) return null
  const fits = table === null ? null : `<dataset>/${fittingName(name, table)}`
  return { ...nothing, why: 'logs lie in the folders 1 to 4', fits }
}

/** A folder beside the datasets. */
function findInFolder(names: readonly string[]): Unread | null {
  const [folder = '', ...below] = names
  const name = below.at(-1) ?? ''
  const number = NEARLY_DATASET.exec(folder)?.[1]
  const dataset = DATASETS.find((one) => one === Number(number)) ?? null
  const table = findTable(name)
  if (name === '' && number === undefined) return null
  if (name !== '' && table === null && !CSV_ENDING.test(name)) return null
  const file = table === null ? name : fittingName(name, table)
  const fits = dataset === null ? null : `${dataset}/${below.length > 1 ? '' : file}`
  return { why: 'the datasets are the folders 1, 2, 3 and 4', fits, dataset, table }
}

function findInDataset(names: readonly string[], dataset: Dataset): Unread | null {
  const [, ...below] = names
  const name = below.at(-1) ?? ''
  const folders = below.slice(0, -1)
  const table = findTable(name) ?? folders.map(findTable).find((found) => found !== null) ?? null
  if (name === '') {
    const holds = 'a folder with the name of a log holds part-*.csv'
    return table === null ? null : { why: holds, fits: null, dataset, table }
  }
  if (folders.length > 0) return findDeeper(name, folders, { dataset, table })
  if (table === null && !DATA_ENDING.test(name)) return null
  if (table === null) {
    return { why: `its name begins with none of ${TABLES.join(', ')}`, fits: null, dataset, table }
  }
  return { why: whyNot(name), fits: `${dataset}/${fittingName(name, table)}`, dataset, table }
}

function findDeeper(
  name: string,
  folders: readonly string[],
  { dataset, table }: Pick<Unread, 'dataset' | 'table'>,
): Unread | null {
  const [folder = ''] = folders
  if (/^part-/i.test(name) && findTable(folder) !== null && folders.length === 1) {
    const own = findTable(folder) ?? table
    const fits =
      own && `${dataset}/${fittingName(folder, own)}/${name.replace(/(\.csv)?$/i, '.csv')}`
    return { why: 'parts lie as part-*.csv in a folder named as a log', fits, dataset, table }
  }
  if (findTable(name) === null && !CSV_ENDING.test(name)) return null
  const rest = name.replace(NEARLY_TABLE, '').replace(/^[-_. ]+/, '')
  const parts = [...folders.filter((one) => findTable(one) === null), rest].filter(
    (one) => one !== '',
  )
  const fits = table && `${dataset}/${fittingName(`${table}_${parts.join('_')}`, table)}`
  return { why: 'files lie directly in the folder of their dataset', fits, dataset, table }
}

function findTable(name: string): Table | null {
  const word = NEARLY_TABLE.exec(name)?.[1]?.toLowerCase()
  return word === undefined ? null : (TABLES.find((table) => table.startsWith(word)) ?? null)
}

function whyNot(name: string): string {
  if (GZIP_CSV.test(name)) return 'names are like clicks_1.csv or clicks_1.csv.gz'
  if (ARCHIVE.test(name)) return 'of packed files only .csv.gz is read, unpack it'
  if (OTHER_FORMAT.test(name)) return 'only CSV is read, export it as such'
  return 'names are like clicks_1.csv or clicks_1.csv.gz'
}

/** `Click-2.csv.bak` → `clicks_2.csv` */
function fittingName(name: string, table: Table): string {
  const isGzip = GZIP_CSV.test(name)
  const rest = name
    .replace(NEARLY_TABLE, '')
    .replace(/\.csv(?![a-z]).*$/i, '')
    .replace(ARCHIVE, '')
    .replace(OTHER_FORMAT, '')
    .replace(ARCHIVE, '')
    .replace(/^[-_. ]+/, '')
  return `${table}${rest === '' ? '' : `_${rest}`}.csv${isGzip ? '.gz' : ''}`
}
