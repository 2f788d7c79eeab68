import { describe, expect, it } from 'vitest'
import { PipelineError } from '../../../../pipeline/base/errors.ts'
import { SILENT } from '../../../../pipeline/base/progress.ts'
import {
  CLUSTER_OPTIONS,
  type ClusterFlags,
  checkClusterFlags,
  createRanker,
  readPlace,
} from '../../../../pipeline/commands/cluster-flags.ts'
import type { CommandContext } from '../../../../pipeline/commands/command.ts'
import { DUCKDB_RANKER } from '../../../../pipeline/rank/duckdb/ranker.ts'

const TRINO = {
  engine: 'trino',
  trinoUrl: 'https://trino:8443',
  workLocation: 's3://bucket/work',
}
const ATHENA = { engine: 'athena', workLocation: 's3://bucket/work' }

/** As yargs gives the flags, the others at their defaults. */
function flagsOf(given: Partial<ClusterFlags>): ClusterFlags {
  const { engine, 'query-timeout': timeout, 'trino-user': user, workgroup } = CLUSTER_OPTIONS
  return {
    engine: engine.default,
    catalog: undefined,
    workLocation: undefined,
    workFolder: undefined,
    keepWork: false,
    queryTimeout: timeout.default,
    trinoUrl: undefined,
    trinoUser: user.default,
    trinoCa: undefined,
    session: [],
    workgroup: workgroup.default,
    ...given,
  }
}

function contextOf(environment: CommandContext['environment']): CommandContext {
  const { signal } = new AbortController()
  return {
    progress: SILENT,
    now: () => new Date(0),
    environment,
    print: () => {},
    untilStopped: () => signal,
  }
}

describe('checkClusterFlags', () => {
  it.each([
    ['nothing', {}],
    ['Trino with S3', TRINO],
    ['Trino with a folder', { ...TRINO, workLocation: 'local:///work', workFolder: '/srv/work' }],
    ['Trino with a session', { ...TRINO, session: ['hive.max_split_size=64kB'] }],
    ['Athena', { ...ATHENA, workgroup: 'pools', keepWork: true, queryTimeout: 5 }],
  ])('takes %s', (_, given) => {
    expect(() => checkClusterFlags(flagsOf(given))).not.toThrow()
  })

  it.each([
    ['an unknown engine', { engine: 'spark' }, '--engine must be duckdb, trino or athena: spark'],
    ['Trino nowhere', { ...TRINO, trinoUrl: undefined }, '--engine trino needs --trino-url'],
    [
      'a login in the address',
      { ...TRINO, trinoUrl: 'https://me:pass@trino' },
      '--trino-url must be like https://host:8443',
    ],
    [
      'an address without a scheme',
      { ...TRINO, trinoUrl: 'trino:8080' },
      '--trino-url must be like',
    ],
    [
      'no work location',
      { ...TRINO, workLocation: undefined },
      '--engine trino needs --work-location',
    ],
    [
      'a work location that is a path',
      { ...TRINO, workLocation: '/work' },
      '--work-location must be like',
    ],
    [
      'a work location that this machine cannot reach',
      { ...TRINO, workLocation: 'local:///work' },
      'needs --work-folder',
    ],
    [
      'Athena without S3',
      { ...ATHENA, workLocation: 'hdfs://work' },
      '--work-location must be like s3://bucket/work',
    ],
    ['a catalog with a quote', { ...TRINO, catalog: 'a"b' }, '--catalog must be a plain name'],
    [
      'a session without a value',
      { ...TRINO, session: ['spill'] },
      '--session must be like name=value: spill',
    ],
    ['no time at all', { ...TRINO, queryTimeout: 0 }, '--query-timeout must be'],
    [
      'a flag of Trino for Athena',
      { ...ATHENA, trinoUrl: 'https://trino' },
      '--trino-url needs --engine trino',
    ],
    [
      'a flag of Athena for Trino',
      { ...TRINO, workgroup: 'pools' },
      '--workgroup needs --engine athena',
    ],
    ['a flag of Trino for DuckDB', { session: ['a=b'] }, '--session needs --engine trino'],
    [
      'a flag of clusters for DuckDB',
      { keepWork: true },
      '--keep-work needs --engine trino or athena',
    ],
  ])('refuses %s', (_, given, message) => {
    const check = () => checkClusterFlags(flagsOf(given as Partial<ClusterFlags>))

    expect(check).toThrow(message)
    expect(check).toThrow(expect.objectContaining({ exitCode: 2 }) as Error)
  })
})

describe('readPlace', () => {
  it.each([
    ['trino', undefined, 'hive'],
    ['athena', undefined, 'AwsDataCatalog'],
    ['trino', 'glue', 'glue'],
  ] as const)('gives %s with the catalog %s the catalog %s', (engine, catalog, expected) => {
    const flags = flagsOf({ ...TRINO, engine, catalog, workLocation: 's3://bucket/work//' })

    expect(readPlace(flags, engine)).toEqual({
      catalog: expected,
      workLocation: 's3://bucket/work',
    })
  })
})

describe('createRanker', () => {
  it('ranks in DuckDB where no cluster is named', async () => {
    expect(await createRanker(flagsOf({}), contextOf({}))).toBe(DUCKDB_RANKER)
  })

  it.each([
    [
      { TRINO_PASSWORD: 'a', TRINO_TOKEN: 'b' },
      TRINO,
      'TRINO_PASSWORD and TRINO_TOKEN are both set',
    ],
    [
      { TRINO_PASSWORD: 'a' },
      { ...TRINO, trinoUrl: 'http://trino' },
      'need an https:// --trino-url',
    ],
    [{ TRINO_TOKEN: 'a' }, { ...TRINO, trinoUrl: 'http://trino' }, 'need an https:// --trino-url'],
  ])('refuses %j', async (environment, given, message) => {
    const making = createRanker(flagsOf(given), contextOf(environment))

    await expect(making).rejects.toThrow(message)
    await expect(making).rejects.toBeInstanceOf(PipelineError)
  })

  it('has no use for secrets of Trino where Athena ranks', async () => {
    const ranker = await createRanker(flagsOf(ATHENA), contextOf({ TRINO_PASSWORD: 'a' }))

    expect(ranker.readsCleanFiles).toBe(true)
  })
})
