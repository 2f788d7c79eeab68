/** From lists as text to the tables `banners` and `campaign_banners`, and the account of their lines. */
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { LISTS, type ManifestInput } from '../../contract/schema.ts'
import { countRows, literalPath, quotedString } from '../base/database.ts'
import { readSql } from '../base/sql.ts'
import { listExamples } from '../checks/explain-rejects.ts'
import { loadRejects } from '../checks/reconcile.ts'
import { declareColumns, findColumns, SQL_TYPES } from '../input/columns.ts'
import { assertRejectShare, describeSorted } from '../input/reject-share.ts'
import type { NormaliseCounts } from '../input/scan/normalise.ts'
import { type Scanner, withScanner } from '../input/scan/scanner.ts'
import { originOf, rejectConflicts } from './conflicts.ts'
import type { InspectedList } from './inspect.ts'

/** The selects of `sql/lists/` in order; each makes the table of its name. */
export const LIST_MODELS = ['banners', 'conflicting_banners', 'campaign_banners'] as const

/** What loading needs. */
export interface LoadOptions {
  readonly lists: readonly InspectedList[]
  /** For what comes out on the way. */
  readonly workFolder: string
  /** Share of a file's rows, 0 to 1, that may be rejected. */
  readonly maxRejectShare: number
}

/**
 * Makes the tables of all lists; that of a list that is not there is empty.
 *
 * @param connection - Has the table `rejects`, which gets the lines that are left out.
 * @returns One entry a file, in the order of `lists`.
 * @throws {PipelineError} If a list cannot be trusted, has too many rejects, or changed since it was inspected.
 */
export async function loadLists(
  connection: DuckDBConnection,
  options: LoadOptions,
): Promise<ManifestInput[]> {
  const { lists } = options
  for (const list of LISTS) {
    await connection.run(`create table loaded_${list} (${declareColumns(list)})`)
  }
  return withScanner({ bytes: 0, threads: 1 }, async (scanner) => {
    const counts = await Promise.all(lists.map((list) => sortLines(list, scanner, options)))
    for (const [index, list] of lists.entries()) {
      await loadSorted(connection, list, counts[index] ?? NOTHING, options)
    }
    for (const name of LIST_MODELS) {
      await connection.run(`create table ${name} as (${await readSql('lists', name)}\n)`)
    }
    const inputs: ManifestInput[] = []
    for (const [index, list] of lists.entries()) {
      const loaded = { list, counts: counts[index] ?? NOTHING, scanner }
      inputs.push(await accountForList(connection, loaded, options))
    }
    return inputs
  })
}

const NOTHING: NormaliseCounts = { accepted: 0, rejected: 0, rounded: 0, example: null }

function buildPaths({ source }: InspectedList, { workFolder }: LoadOptions) {
  const path = (kind: string) => join(workFolder, `${source.list}.${kind}.json`)
  return {
    rows: path('rows'),
    rejects: path('rejects'),
    lines: path('lines'),
    unfit: path('unfit'),
  }
}

function sortLines(
  list: InspectedList,
  scanner: Scanner,
  options: LoadOptions,
): Promise<NormaliseCounts> | NormaliseCounts {
  if (list.status !== 'loaded') return NOTHING
  const { fullPath: path, list: table } = list.source
  const { rows, rejects } = buildPaths(list, options)
  const { inspection } = list
  return scanner.run('normaliseFile', path, {
    ...{ path, table, inspection },
    ...{ rowsPath: rows, rejectsPath: rejects },
  })
}

async function loadSorted(
  connection: DuckDBConnection,
  list: InspectedList,
  counts: NormaliseCounts,
  options: LoadOptions,
): Promise<void> {
  const { source } = list
  const paths = buildPaths(list, options)
  const sorted = { ...describeSource(list), counts, rejectsPath: paths.rejects }
  assertRejectShare(describeSorted(sorted), options.maxRejectShare)
  if (counts.accepted > 0) {
    const columns = findColumns(source.list)
    const types = columns.map(({ name, kind }) => `${name}: ${quotedString(SQL_TYPES[kind])}`)
    await connection.run(
      `insert into loaded_${source.list}
       select ${columns.map(({ name }) => name).join(', ')}
       from read_json(${quotedString(literalPath(paths.rows))}, format = 'newline_delimited',
         columns = {${types.join(', ')}})`,
    )
  }
  if (counts.rejected > 0) await loadRejects(connection, originOf(list.source), paths.rejects)
}

/** As messages name it. */
function describeSource({ source, inspection }: InspectedList) {
  return { source: { ...originOf(source), fullPath: source.fullPath }, inspection }
}

/** A list after its lines were sorted. */
interface LoadedList {
  readonly list: InspectedList
  readonly counts: NormaliseCounts
  readonly scanner: Scanner
}

async function accountForList(
  connection: DuckDBConnection,
  loaded: LoadedList,
  options: LoadOptions,
): Promise<ManifestInput> {
  const { list, counts } = loaded
  const { source, inspection, status, warnings } = list
  const conflicts =
    source.list === 'banners' && status === 'loaded'
      ? await rejectConflicts(connection, loaded, options.workFolder)
      : 0
  const kept = status === 'loaded' ? await countRows(connection, source.list) : 0
  const rejected = counts.rejected + conflicts
  const sorted = { ...describeSource(list), counts, rejectsPath: null }
  const examples = await listExamples(connection, originOf(source))
  assertRejectShare({ ...describeSorted(sorted, rejected), examples }, options.maxRejectShare)
  return {
    ...originOf(list.source),
    bytes: inspection.bytes,
    sha256: inspection.sha256,
    lines_bytes: inspection.linesBytes,
    lines_sha256: inspection.linesSha256,
    rows: inspection.rows,
    accepted: kept,
    rejected,
    duplicates: status === 'duplicate' ? inspection.rows : counts.accepted - conflicts - kept,
    status,
    rounded: 0,
    ignored_columns: inspection.header.ignored,
    warnings,
  }
}
