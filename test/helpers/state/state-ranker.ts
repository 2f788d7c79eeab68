/** Ranks a whole build from counts that are there already, instead of from the rows of all files. */
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { searchLines } from '../../../pipeline/cache/found-lines.ts'
import type { InspectedFile } from '../../../pipeline/input/classify.ts'
import { withoutPacking } from '../../../pipeline/input/packing.ts'
import { withSink } from '../../../pipeline/input/scan/sink.ts'
import type { Ranked, RankedFile, Ranker, RankInput } from '../../../pipeline/rank/ranker.ts'
import type { FileAccount } from '../../../pipeline/state/accounts.ts'
import type { FileName } from '../../../pipeline/state/file-counts.ts'
import { createPairRanker } from '../../../pipeline/state/pair-ranker.ts'
import type { CountsState } from '../../../pipeline/state/state.ts'

/**
 * Makes a ranker of a state: the same tables, and so the same bytes, as from the rows of the files.
 *
 * @param state - Nothing may be added to it while it ranks, but after `rank` has begun: what it needs is copied first.
 * @param fallback - Ranks where the state has other lines than the build, or where other sizes are asked for.
 */
export function createStateRanker(state: CountsState, fallback: Ranker): Ranker {
  return {
    readsCleanFiles: fallback.readsCleanFiles,
    async rank(connection, input) {
      const misfit = findMisfit(state, input.files)
      if (misfit !== null)
        input.progress.warn(`counts do not fit the files, so all rows are ranked: ${misfit}`)
      if (misfit !== null || input.sizes !== undefined) return fallback.rank(connection, input)
      return rankState(connection, state, input)
    },
  }
}

/** Tells in a sentence where the counts are not of the lines of these files; null if they are. */
function findMisfit(state: CountsState, files: readonly InspectedFile[]): string | null {
  const counted = files.filter(({ inspection }) => inspection.header.names.length > 0)
  for (const file of counted) {
    const place = state.placeOf(nameOf(file))
    const isDuplicate = file.status === 'duplicate'
    if (place === null) return `${file.source.path} is not counted`
    if (place.linesSha256 !== file.inspection.linesSha256) {
      return `${file.source.path} has other lines`
    }
    if (place.isDuplicate !== isDuplicate) return `${file.source.path} is a duplicate, or was one`
  }
  const names = new Set(counted.map((file) => keyOf(nameOf(file))))
  const gone = state.places().find((place) => !names.has(keyOf(place)))
  return gone === undefined ? null : `${gone.path} is not there`
}

async function rankState(
  connection: DuckDBConnection,
  state: CountsState,
  input: RankInput,
): Promise<Ranked> {
  const { files, seed, progress, workFolder } = input
  const accounts = new Map(state.accounts().map((account) => [keyOf(account), account]))
  const accountsByFile = files.map((file) => accounts.get(keyOf(nameOf(file))))
  const measures = state.measures()
  const pairs = state.pairs()
  const ranker = await createPairRanker(connection, seed)
  await progress.step(
    'rank counts',
    () => ranker.rank(pairs),
    () => pairs.size,
  )
  await createUnfitTables(connection, accountsByFile)
  const { version } = await import('@duckdb/node-api')
  return {
    engine: { name: 'duckdb', version: version() },
    measures,
    files: await Promise.all(
      files.map((file, index) => rankedFile(file, accountsByFile[index], workFolder)),
    ),
    async findLines(index, keys) {
      const file = files[index]
      if (file === undefined) throw new Error(`no such file: ${index}`)
      return searchLines(file, keys, input)
    },
  }
}

/** The tables by which a build accounts for lines; reconcile.ts reads them. */
async function createUnfitTables(
  connection: DuckDBConnection,
  accounts: readonly (FileAccount | undefined)[],
): Promise<void> {
  await connection.run(
    'create table unfit_rows (file integer, key bigint, reason varchar, line_count bigint)',
  )
  await connection.run('create table duplicate_rows (file integer, row_count bigint)')
  const unfit = await connection.createAppender('unfit_rows')
  const duplicates = await connection.createAppender('duplicate_rows')
  for (const [file, account] of accounts.entries()) {
    for (const [key, { reason, count }] of countByKey(account)) {
      unfit.appendInteger(file)
      unfit.appendBigInt(BigInt(key))
      unfit.appendVarchar(reason)
      unfit.appendBigInt(BigInt(count))
      unfit.endRow()
    }
    if (account === undefined || account.isDuplicate || account.duplicates === 0) continue
    duplicates.appendInteger(file)
    duplicates.appendBigInt(BigInt(account.duplicates))
    duplicates.endRow()
  }
  unfit.closeSync()
  duplicates.closeSync()
}

function countByKey(
  account: FileAccount | undefined,
): Map<string, { reason: string; count: number }> {
  const counts = new Map<string, { reason: string; count: number }>()
  for (const { key, reason } of account?.unfit ?? []) {
    const known = counts.get(key)
    if (known === undefined) counts.set(key, { reason, count: 1 })
    else known.count += 1
  }
  return counts
}

async function rankedFile(
  file: InspectedFile,
  account: FileAccount | undefined,
  workFolder: string,
): Promise<RankedFile> {
  if (account === undefined || account.isDuplicate)
    return { ...file, counts: NOTHING, rejectsPath: null }
  const { rejects, scanned, rounded } = account
  const [example = null] = rejects
  const counts = { accepted: scanned, rejected: rejects.length, rounded, example }
  if (example === null) return { ...file, counts, rejectsPath: null }
  const rejectsPath = join(workFolder, `${file.index}.rejects.json`)
  await withSink(rejectsPath, async (sink) => {
    for (const reject of rejects) {
      sink.push(`${JSON.stringify(reject)}\n`)
      await sink.flush()
    }
  })
  return { ...file, counts, rejectsPath }
}

/** What a file without a header, or a duplicate file, adds. */
const NOTHING: RankedFile['counts'] = { accepted: 0, rejected: 0, rounded: 0, example: null }

function nameOf({ source: { dataset, table, path } }: InspectedFile): FileName {
  return { dataset, table, path: withoutPacking(path) }
}

function keyOf({ dataset, table, path }: FileName): string {
  return `${dataset} ${table} ${path}`
}
