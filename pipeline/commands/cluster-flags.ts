/** The flags that send the ranking to a cluster. */
import { isS3Url, parseS3Address } from '../../contract/s3-address.ts'
import { CLUSTER_ENGINES, type ClusterEngine } from '../rank/cluster/cluster.ts'
import type { Ranker } from '../rank/ranker.ts'
import { assertFlag, type CommandContext, isCount, misuse, type Option } from './command.ts'

/** Which engine ranks and where; `build` and `plan` have them. As yargs gives them. */
export interface PlaceFlags {
  engine: string
  catalog: string | undefined
  workLocation: string | undefined
}

/** How the engine is reached; only `build` has them. */
export interface ClusterFlags extends PlaceFlags {
  workFolder: string | undefined
  keepWork: boolean
  queryTimeout: number
  trinoUrl: string | undefined
  trinoUser: string
  trinoCa: string | undefined
  session: string[]
  workgroup: string
}

export const PLACE_OPTIONS = {
  catalog: {
    type: 'string',
    defaultDescription: 'hive; athena: AwsDataCatalog',
    describe: 'trino, athena: catalog of the temporary tables',
  },
  'work-location': {
    type: 'string',
    describe:
      'trino, athena: folder for temporary tables, as the cluster sees it: s3://bucket/work',
  },
} as const satisfies Readonly<Record<string, Option>>

/** Longer than any step took on the logs of a day; a query that hangs is noticed the same evening. */
const QUERY_TIMEOUT_S = 3600

export const CLUSTER_OPTIONS = {
  engine: {
    type: 'string',
    default: 'duckdb',
    values: ['duckdb', ...CLUSTER_ENGINES],
    describe: 'query engine: duckdb (on this machine), trino or athena',
  },
  ...PLACE_OPTIONS,
  'work-folder': {
    type: 'string',
    describe: 'trino: the same folder as this machine sees it, if it is not on s3://',
  },
  'keep-work': {
    type: 'boolean',
    default: false,
    describe: 'trino, athena: keep the temporary tables and their files',
  },
  'query-timeout': {
    type: 'number',
    default: QUERY_TIMEOUT_S,
    describe: 'trino, athena: time limit of one query, in seconds',
  },
  'trino-url': { type: 'string', describe: 'trino: address of the coordinator' },
  'trino-user': { type: 'string', default: 'banner-pools', describe: 'trino: user to log in as' },
  'trino-ca': {
    type: 'string',
    describe: 'trino: PEM file of the certificate authority (CA)',
  },
  session: {
    type: 'string',
    array: true,
    default: [],
    describe: 'trino: session property, like join_distribution_type=PARTITIONED; repeatable',
  },
  workgroup: { type: 'string', default: 'primary', describe: 'athena: workgroup' },
} as const satisfies Readonly<Record<string, Option>>

/** Flags that mean nothing without a certain engine. */
const ENGINE_FLAGS: Readonly<Record<ClusterEngine, readonly FlagName[]>> = {
  trino: ['work-folder', 'trino-url', 'trino-user', 'trino-ca', 'session'],
  athena: ['workgroup'],
}
const COMMON_FLAGS: readonly FlagName[] = ['catalog', 'work-location', 'keep-work', 'query-timeout']

type FlagName = keyof typeof CLUSTER_OPTIONS

/** The catalog where none is named. */
const DEFAULT_CATALOGS: Readonly<Record<ClusterEngine, string>> = {
  trino: 'hive',
  athena: 'AwsDataCatalog',
}

/** Where a cluster works. */
export interface Place {
  readonly catalog: string
  /** Without a slash at the end. */
  readonly workLocation: string
}

/**
 * Makes sure that the flags make sense together.
 *
 * @throws {PipelineError} With exit code 2.
 */
export function checkClusterFlags(flags: ClusterFlags): void {
  const engine = flags.engine === 'duckdb' ? null : findClusterEngine(flags.engine)
  assertFlag(isCount(flags.queryTimeout), 'query-timeout', 'a whole number of seconds from 1 on')
  assertNoStrayFlags(flags, engine)
  if (engine === null) return
  for (const property of flags.session) {
    assertFlag(/^[\w.]+=[^=,]*$/.test(property), 'session', `like name=value: ${property}`)
  }
  const { workLocation } = readPlace(flags, engine)
  if (engine === 'trino') assertTrinoFlags(flags, workLocation)
}

/** Reads `--engine` where it cannot be DuckDB. */
export function findClusterEngine(engine: string): ClusterEngine {
  const found = CLUSTER_ENGINES.find((name) => name === engine)
  if (found === undefined) throw misuse(`--engine must be duckdb, trino or athena: ${engine}`)
  return found
}

/**
 * Gives the catalog and the work location that are meant.
 *
 * @throws {PipelineError} With exit code 2, if one of them makes no sense.
 */
export function readPlace(flags: PlaceFlags, engine: ClusterEngine): Place {
  const { catalog = DEFAULT_CATALOGS[engine], workLocation } = flags
  assertFlag(/^\w+$/.test(catalog), 'catalog', 'a plain name')
  if (workLocation === undefined) throw misuse(`--engine ${engine} needs --work-location`)
  const isRight = isS3Url(workLocation)
    ? parseS3Address(workLocation) !== undefined
    : engine === 'trino' && /^[a-z][a-z0-9]*:\/\/\S+$/.test(workLocation)
  assertFlag(isRight, 'work-location', 'like s3://bucket/work')
  return { catalog, workLocation: workLocation.replace(/\/+$/, '') }
}

/** Makes the ranker that `--engine` names. */
export async function createRanker(
  flags: ClusterFlags,
  { environment, untilStopped }: Pick<CommandContext, 'environment' | 'untilStopped'>,
): Promise<Ranker> {
  if (flags.engine === 'duckdb') {
    const { DUCKDB_RANKER } = await import('../rank/duckdb/ranker.ts')
    return DUCKDB_RANKER
  }
  const engine = findClusterEngine(flags.engine)
  const { connectCluster } = await import('../rank/cluster/connect.ts')
  const { createClusterRanker } = await import('../rank/cluster/ranker.ts')
  const settings = { ...flags, engine, ...readPlace(flags, engine) }
  return createClusterRanker(await connectCluster(settings, { environment, untilStopped }))
}

function assertTrinoFlags({ trinoUrl, workFolder }: ClusterFlags, workLocation: string): void {
  if (trinoUrl === undefined) throw misuse('--engine trino needs --trino-url')
  assertFlag(/^https?:\/\/[^/\s@]+\/?$/.test(trinoUrl), 'trino-url', 'like https://host:8443')
  if (workFolder !== undefined || workLocation.startsWith('s3://')) return
  throw misuse('--work-location is no s3:// address, so --engine trino needs --work-folder')
}

/** A flag that would be passed over was meant for something. */
function assertNoStrayFlags(flags: ClusterFlags, engine: ClusterEngine | null): void {
  const isGiven = (name: FlagName) => {
    const option: Option = CLUSTER_OPTIONS[name]
    const key = name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())
    const value = (flags as unknown as Record<string, unknown>)[key]
    return JSON.stringify(value) !== JSON.stringify(option.default)
  }
  for (const other of CLUSTER_ENGINES) {
    const stray = other === engine ? undefined : ENGINE_FLAGS[other].find(isGiven)
    if (stray !== undefined) throw misuse(`--${stray} needs --engine ${other}`)
  }
  const stray = engine === null ? COMMON_FLAGS.find(isGiven) : undefined
  if (stray !== undefined) throw misuse(`--${stray} needs --engine trino or athena`)
}
