import type { DuckDBConnection } from '@duckdb/node-api'
import { formatCount } from '../../../contract/format-count.ts'
import { buildRejectsPath, rowsPathOf } from '../../cache/entries.ts'
import { searchLines } from '../../cache/found-lines.ts'
import type { InspectedFile } from '../../input/classify.ts'
import { prepareFile, type ReadyFile } from '../../input/intake.ts'
import { assertRejectShare, describeSorted } from '../../input/reject-share.ts'
import type { Ranked, Ranker, RankInput } from '../ranker.ts'
import type { Cluster, ClusterEngine } from './cluster.ts'
import { planBuild } from './plan.ts'
import { rankOnCluster } from './rank.ts'
import type { WorkLocation } from './work-location.ts'

/** Where and how a cluster ranks. */
export interface ClusterPlace {
  readonly engine: ClusterEngine
  readonly catalog: string
  /** As the cluster finds it: `s3://bucket/work`. */
  readonly workLocation: string
  readonly keepWork: boolean
  /** The work location as this machine finds it. */
  readonly location: WorkLocation
  /** Makes the connection, with the work schema as the default one. */
  readonly connect: (schema: string) => Cluster
}

/** Makes what ranks on a cluster. */
export function createClusterRanker(place: ClusterPlace): Ranker {
  return {
    readsCleanFiles: true,
    rank: (connection, input) => rankThere(connection, place, input),
  }
}

/** From files to ranked rows, on a cluster. */
async function rankThere(
  connection: DuckDBConnection,
  place: ClusterPlace,
  input: RankInput,
): Promise<Ranked> {
  const { engine, catalog, workLocation, location, keepWork } = place
  const { buildId, seed, progress } = input
  const files = await progress.step(
    'normalise files',
    () =>
      Promise.all(input.files.map((file) => takeCached(file, input) ?? prepareFile(file, input))),
    (ready) => ready.filter(isNormalised).reduce((sum, { inspection }) => sum + inspection.rows, 0),
  )
  for (const file of files) assertRejectShare(describeSorted(file), input.maxRejectShare)
  const plan = await planBuild({ engine, catalog, workLocation, buildId, seed, files })
  const cluster = place.connect(plan.place.schema)
  const version = await cluster.version()
  const rank = { cluster, location, plan, files, keepWork, progress }
  const measures = await rankOnCluster(connection, rank)
  progress.note(`the cluster read ${formatCount(cluster.scannedBytes())} bytes`)
  return {
    engine: { name: engine, version },
    measures,
    files,
    async findLines(index, keys) {
      const file = files[index]
      if (file === undefined) throw new Error(`no such file: ${index}`)
      return searchLines(file, keys, input)
    },
  }
}

function isNormalised({ rows }: ReadyFile): boolean {
  return rows !== null && !rows.isInput && !rows.isParquet
}

/** Takes the rows of a file that was scanned elsewhere; null if it was not. */
function takeCached(file: InspectedFile, { cache }: RankInput): ReadyFile | null {
  const key = cache.keyOf(file.source.table, file.inspection.linesSha256)
  const entry = cache.intact.get(key)
  if (entry === undefined || file.status !== 'loaded') return null
  const rows = { path: rowsPathOf(cache, key), isInput: false, isParquet: true }
  return {
    ...file,
    counts: entry.counts,
    rejectsPath: entry.rejects && buildRejectsPath(cache, key),
    rows: entry.rows && rows,
  }
}
