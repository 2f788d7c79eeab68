import type { DuckDBConnection } from '@duckdb/node-api'
import type { Manifest } from '../../../contract/schema.ts'
import type { Progress } from '../../base/progress.ts'
import { searchLines } from '../../cache/found-lines.ts'
import type { AccountOptions } from '../../checks/reconcile.ts'
import type { InspectedFile } from '../../input/classify.ts'
import {
  assertRejectShare,
  type PrepareOptions,
  prepareFile,
  type ReadyFile,
} from '../../input/intake.ts'
import type { Cluster, ClusterEngine } from './cluster.ts'
import { planBuild } from './plan.ts'
import { rankOnCluster } from './rank.ts'
import type { WorkLocation } from './work-location.ts'

/** Where and how a cluster ranks. */
export interface ClusterBuild {
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

/** What ranking came to, beside the tables in the database. */
export interface Ranked extends Omit<AccountOptions, 'workFolder'> {
  readonly engine: Manifest['engine']
  readonly measures: Readonly<Record<string, number>>
}

/** What of a build a cluster needs. */
export interface RankedBuild extends PrepareOptions {
  readonly files: readonly InspectedFile[]
  readonly buildId: string
  readonly seed: number
  readonly progress: Progress
}

/** From files to ranked rows, on a cluster. */
export async function rankThere(
  connection: DuckDBConnection,
  build: ClusterBuild,
  options: RankedBuild,
): Promise<Ranked> {
  const { engine, catalog, workLocation, location, keepWork } = build
  const { buildId, seed, progress } = options
  const files = await progress.step(
    'normalise files',
    () => Promise.all(options.files.map((file) => prepareFile(file, options))),
    (ready) => ready.filter(isNormalised).reduce((sum, { inspection }) => sum + inspection.rows, 0),
  )
  for (const file of files) assertRejectShare(file, file.counts.rejected, options.maxRejectShare)
  const plan = await planBuild({ engine, catalog, workLocation, buildId, seed, files })
  const cluster = build.connect(plan.place.schema)
  const version = await cluster.version()
  const rank = { cluster, location, plan, files, keepWork, progress }
  const measures = await rankOnCluster(connection, rank)
  progress.note(`the cluster read ${cluster.scannedBytes().toLocaleString('en-US')} bytes`)
  return {
    engine: { name: engine, version },
    measures,
    files,
    async findLines(index, keys) {
      const file = files[index]
      if (file === undefined) throw new Error(`no such file: ${index}`)
      return searchLines(file, keys, options)
    },
  }
}

function isNormalised({ text }: ReadyFile): boolean {
  return text !== null && !text.isInput
}
