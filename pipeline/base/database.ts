import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api'
import { loadDuckDb } from './duckdb.ts'
import { PipelineError } from './errors.ts'

/** How much of the machine DuckDB may use. */
export interface DatabaseOptions {
  readonly threads: number
  /** As DuckDB reads it: `4GB`, `500MB`. No cap on the process: about what its tables and sorts may hold. */
  readonly memoryLimit: string
  /** Where it spills what does not fit. */
  readonly spillFolder?: string
}

/** What the process takes beside DuckDB: Node, the scanner's threads and their tables. Measured at scale 1000. */
const OWN_BYTES = 500e6
/** The least that DuckDB gets of a small limit. */
const LEAST_SHARE = 0.5

const UNITS = ['', 'K', 'M', 'G', 'T']

/**
 * What DuckDB may take, so that the process as a whole keeps to a limit.
 *
 * @param memoryLimit - Like `4GB` or `512MiB`.
 */
export function findDatabaseShare(memoryLimit: string): string {
  const [, amount, unit = '', binary] = /^([\d.]+) ?([KMGT])(i?)B$/i.exec(memoryLimit) ?? []
  const base = binary === '' ? 1000 : 1024
  const bytes = Number(amount) * base ** UNITS.indexOf(unit.toUpperCase())
  return `${Math.floor(Math.max(bytes - OWN_BYTES, bytes * LEAST_SHARE) / 1e6)}MB`
}

/** A value of a result: bigint columns that fit are numbers. */
export type Row = Record<string, number | string | boolean | null>

/**
 * Gives `fn` a connection to a database of its own and closes both afterwards.
 *
 * @param path - A database file, or `:memory:`.
 */
export function withDatabase<T>(
  path: string,
  options: DatabaseOptions,
  fn: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  return withConnections(path, options, ({ main }) => fn(main))
}

/** Connections to one database, whose statements run beside each other. */
export interface Connections {
  readonly main: DuckDBConnection
  readonly second: DuckDBConnection
}

/** As {@link withDatabase}, with two connections. */
export async function withConnections<T>(
  path: string,
  { threads, memoryLimit, spillFolder }: DatabaseOptions,
  fn: (connections: Connections) => Promise<T>,
): Promise<T> {
  const { DuckDBInstance } = loadDuckDb()
  const instance = await DuckDBInstance.create(path, {
    threads: String(threads),
    memory_limit: memoryLimit,
    // Extensions that are not linked in would be fetched from the network.
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    ...(spillFolder === undefined ? {} : { temp_directory: spillFolder }),
  })
  const [main, second] = [await instance.connect(), await instance.connect()]
  try {
    return await fn({ main, second })
  } catch (error) {
    throw resourceError(error)
  } finally {
    main.closeSync()
    second.closeSync()
    instance.closeSync()
  }
}

/**
 * Runs a select and gives its rows as plain objects.
 *
 * @param values - Bound to `$name`.
 */
export async function readRows<T extends object = Row>(
  connection: DuckDBConnection,
  sql: string,
  values?: Record<string, DuckDBValue>,
): Promise<T[]> {
  const reader = await connection.runAndReadAll(sql, values)
  return reader.getRowObjectsJS().map((row) => {
    const entries = Object.entries(row).map(([name, value]) => [name, plainValue(value)])
    return Object.fromEntries(entries) as T
  })
}

/** Runs a select of one row and one column that counts something. */
export async function readCount(
  connection: DuckDBConnection,
  sql: string,
  values?: Record<string, DuckDBValue>,
): Promise<number> {
  const [row] = await readRows<{ [column: string]: number | null }>(connection, sql, values)
  return Number(Object.values(row ?? {})[0] ?? 0)
}

/** Runs a statement that makes a table of a select, and gives the table's rows. */
export async function createCounted(connection: DuckDBConnection, sql: string): Promise<number> {
  const reader = await connection.runAndReadAll(sql)
  const [[count] = []] = reader.getRows()
  return Number(count ?? 0)
}

/** Counts the rows of a table or view. */
export function countRows(connection: DuckDBConnection, table: string): Promise<number> {
  return readCount(connection, `select count(*) from ${quotedIdentifier(table)}`)
}

/** Quotes a name for SQL. */
export function quotedIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** Quotes a text for SQL, where a value cannot be bound. */
export function quotedString(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/**
 * Writes a path so that `read_csv` opens just this file: `*`, `?` and `[` in it are no pattern.
 *
 * @throws {PipelineError} If it has a backslash as well: in a pattern DuckDB takes that for a separator of folders.
 */
export function literalPath(path: string): string {
  if (path.includes('\\') && /[[*?]/.test(path)) {
    throw new PipelineError(`path has a backslash beside one of * ? [, rename it: ${path}`)
  }
  return path.replace(/[[*?]/g, '[$&]')
}

/** Ids are at most 2^53 - 1 and counts are far below, so a number is exact. */
function plainValue(value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value
}

/** Full disks and too little memory are for the user to mend; other errors of DuckDB are bugs. */
function resourceError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  // What does not fit into memory goes to disk, as far as that has room: DuckDB calls its end "out of memory" as well.
  if (/max_temp_directory_size/.test(error.message)) {
    const message = `disk full, free some space or raise --memory-limit: ${firstLine(error.message)}`
    return new PipelineError(message, { cause: error })
  }
  if (/out of memory/i.test(error.message)) {
    return new PipelineError('out of memory, raise --memory-limit or lower --threads', {
      cause: error,
    })
  }
  if (/no space left|could not write|disk is full/i.test(error.message)) {
    return new PipelineError(`disk full, free some space: ${firstLine(error.message)}`, {
      cause: error,
    })
  }
  return error
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? ''
}
