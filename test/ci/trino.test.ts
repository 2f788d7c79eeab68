/** The same pools from a real Trino, byte for byte. `.ci/run` installs what it needs (scripts/lib/trino/install.ts). */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { readManifest, resolveBuildFolder } from '../../contract/read.ts'
import type { Manifest } from '../../contract/schema.ts'
import { createProgress } from '../../pipeline/base/progress.ts'
import { readSql } from '../../pipeline/base/sql.ts'
import { buildPools } from '../../pipeline/build/build.ts'
import type { BuildOptions } from '../../pipeline/build/options.ts'
import { BUILD_DEFAULTS } from '../../pipeline/commands/features.ts'
import { planPools } from '../../pipeline/commands/plan-pools.ts'
import { type ClusterSettings, connectCluster } from '../../pipeline/rank/cluster/connect.ts'
import { type ClusterPlace, createClusterRanker } from '../../pipeline/rank/cluster/ranker.ts'
import type { WorkLocation } from '../../pipeline/rank/cluster/work-location.ts'
import { DUCKDB_RANKER } from '../../pipeline/rank/duckdb/ranker.ts'
import { makeSample } from '../../pipeline/sample/sample.ts'
import { openScannedFolder } from '../../pipeline/scanned/store.ts'
import { takeScanned } from '../../pipeline/scanned/take.ts'
import { hashOutputs } from '../../scripts/lib/outputs.ts'
import {
  ask,
  PASSWORD_USER,
  startTrino,
  type TrinoCluster,
} from '../../scripts/lib/trino/cluster.ts'
import { queryOutputs, smallWorld } from '../helpers/builds.ts'
import { edgeLogs } from '../helpers/edge-logs.ts'
import { createFolder, removeFolder, writeFiles } from '../helpers/folders.ts'
import { scan } from '../helpers/scanned.ts'
import { type AthenaDouble, startAthenaDouble } from './trino/athena-double.ts'
import { checkTables } from './trino/check-tables.ts'
import { startBuild, untilSaid } from './trino/run-build.ts'

const CSV = fileURLToPath(new URL('../../../shared/data/csv', import.meta.url))
/** Fetching it the first time takes as long as the line is slow. */
const START_LIMIT_MS = 900_000

let trino: TrinoCluster
let folder = ''
let count = 0

beforeAll(async () => {
  folder = await createFolder()
  await writeFiles(join(folder, 'edge'), edgeLogs())
  await writeFiles(join(folder, 'small'), smallWorld())
  trino = await startTrino()
}, START_LIMIT_MS)

afterAll(async () => {
  await trino?.stop()
  await removeFolder(folder)
})

/** A published build. */
interface Built {
  readonly hashes: Readonly<Record<string, string>>
  readonly manifest: Manifest
}

/** Builds into a folder of its own. */
async function build({
  cluster,
  ...options
}: Partial<BuildOptions> & { input: string; cluster?: ClusterPlace }): Promise<Built> {
  count += 1
  const out = join(folder, `out-${count}`)
  const ranker = cluster === undefined ? DUCKDB_RANKER : createClusterRanker(cluster)
  await buildPools({ ...BUILD_DEFAULTS, maxRejectShare: 1, out, ranker, ...options })
  const manifest = await readManifest(await resolveBuildFolder(out))
  return { hashes: await hashOutputs(out), manifest }
}

/** What the flags come to that every test of Trino gives. */
function settings(more: Partial<ClusterSettings> = {}): ClusterSettings {
  return {
    engine: 'trino',
    catalog: 'hive',
    workLocation: 'local:///work',
    workFolder: join(trino.folder, 'work'),
    keepWork: false,
    queryTimeout: 300,
    trinoUrl: trino.url,
    trinoUser: 'test',
    trinoCa: undefined,
    session: [],
    workgroup: 'primary',
    ...more,
  }
}

function clusterOf(more: Partial<ClusterSettings> = {}) {
  const { signal } = new AbortController()
  return connectCluster(settings(more), { environment: {}, untilStopped: () => signal })
}

/** All of a manifest that does not tell when and where it was made; the report names the engine, too. */
function contentOf({ engine: _, created_at: __, outputs, ...content }: Manifest): object {
  return { ...content, outputs: outputs.filter(({ file }) => file.endsWith('.parquet')) }
}

function listSchemas(): Promise<unknown[][]> {
  return ask(trino.url, "show schemas from hive like 'pools%'")
}

async function listWorkFiles(): Promise<string[]> {
  const below = join(trino.folder, 'work')
  const entries = await readdir(below, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isFile() && entry.parentPath.includes('pools_'))
    .map(({ name }) => name)
}

describe('a build on Trino', () => {
  it('has the bytes of one on DuckDB from rows that were scanned elsewhere', async () => {
    const input = join(folder, 'edge')
    const into = join(folder, 'scanned')
    const shards = [0, 1].map((index) => ({ index, count: 2 }))
    for (const shard of shards) await scan({ folder, input: 'edge' }, shard)
    const here = await build({ input })
    const said: string[] = []
    const progress = createProgress((line) => said.push(line))
    const store = await openScannedFolder(into)
    const scanned = takeScanned(store, { renames: [], readsMissing: false, progress })

    const there = await build({ input, cluster: await clusterOf(), scanned, progress })

    expect(there.hashes).toEqual(here.hashes)
    expect(contentOf(there.manifest)).toEqual(contentOf(here.manifest))
    expect(said.find((line) => line.startsWith('inspect files'))).toMatch(/ 0 rows/)
    expect(said.find((line) => line.startsWith('normalise files'))).toMatch(/ 0 rows/)
  })

  it.each([
    ['the real data', () => CSV],
    ['the sample', () => sampleOf(1)],
    ['ten times the sample', () => sampleOf(10)],
    ['the edge logs', () => join(folder, 'edge')],
  ])('has the bytes of one on DuckDB: %s', async (_, inputOf) => {
    const input = await inputOf()
    const here = await build({ input })

    const there = await build({ input, cluster: await clusterOf() })

    expect(there.hashes).toEqual(here.hashes)
    expect(contentOf(there.manifest)).toEqual(contentOf(here.manifest))
    expect(there.manifest.engine).toEqual({ name: 'trino', version: trino.version })
    expect(await listSchemas()).toEqual([])
    expect(await listWorkFiles()).toEqual([])
  })

  it('reads each line once where files are split into pieces of 64 kB, on both workers', async () => {
    const input = await sampleOf(1)
    const here = await build({ input, seed: 64 })

    const cluster = await clusterOf({
      session: ['hive.max_split_size=64kB', 'hive.max_initial_split_size=64kB'],
    })
    const there = await build({ input, seed: 64, cluster })

    expect(there.hashes).toEqual(here.hashes)
    const [pieces] = await ask(trino.url, piecesOf('loaded_clicks'))
    // Four files of 687 kB; the last piece of a file may be a little larger.
    expect(Number(pieces?.[0])).toBeGreaterThanOrEqual(4 * 10)
    expect(pieces?.[1]).toBe(2)
  })

  it.each([
    [
      'lacks a line',
      (text: string) => text.replace('101,31,7\n', ''),
      'read 3 rows, 0 of them invalid',
    ],
    ['has a line more', (text: string) => `${text}9,9,9\n`, 'read 5 rows, 0 of them invalid'],
    [
      'has a word for an id',
      (text: string) => text.replace('101', '1o1'),
      '4 rows, 1 of them invalid',
    ],
    [
      'has a sign at an id',
      (text: string) => text.replace('101', '+101'),
      '4 rows, 1 of them invalid',
    ],
    [
      'has a zero at an id',
      (text: string) => text.replace('101', '0101'),
      '4 rows, 1 of them invalid',
    ],
    [
      'has an id too large',
      (text: string) => text.replace('101', '9223372036854775808'),
      '1 of them invalid',
    ],
    ['lacks a field', (text: string) => text.replace('101,31,7', '101,31'), '1 of them invalid'],
    [
      'has a field more',
      (text: string) => text.replace('101,31,7', '101,31,7,'),
      '1 of them invalid',
    ],
    [
      'has nothing for null',
      (text: string) => text.replace('101,31,7', '101,\\N,7'),
      '1 of them invalid',
    ],
  ])('ends where the cluster finds a file that %s', async (_, change, message) => {
    const cluster = await clusterOf()
    const location = changing(cluster.location, 'raw_clicks_1/1_1.csv', change)

    const building = build({ input: join(folder, 'small'), cluster: { ...cluster, location } })

    await expect(building).rejects.toThrow(message)
    expect(await listSchemas()).toEqual([])
    expect(await listWorkFiles()).toEqual([])
  })

  it('ends where the cluster finds a revenue with seven decimals', async () => {
    const cluster = await clusterOf()
    const change = (text: string) => text.replace('1.250000', '1.2500001')
    const location = changing(cluster.location, 'raw_conversions_1/1_2.csv', change)

    const building = build({ input: join(folder, 'small'), cluster: { ...cluster, location } })

    await expect(building).rejects.toThrow('2 rows, 1 of them invalid')
  })

  it('runs every check on the cluster with the result that it has on DuckDB', async () => {
    const { manifest } = await build({
      input: join(folder, 'edge'),
      cluster: await clusterOf({ keepWork: true }),
      seed: 23,
    })
    const schema = `pools_${manifest.build_id}`
    const out = join(folder, `out-${count}`)
    try {
      for (const statement of await checkTables(out, manifest))
        await ask(trino.url, statement, schema)

      const failing: Record<string, number> = {}
      for (const { name } of manifest.checks) {
        const select = await readSql('checks', name)
        const [row] = await ask(trino.url, `select count(*) from (${select}\n)`, schema)
        failing[name] = Number(row?.[0])
      }

      expect(Object.keys(failing).length).toBe(24)
      expect(Object.values(failing).filter((rows) => rows > 0).length).toBeGreaterThan(3)
      expect(failing).toEqual(
        Object.fromEntries(manifest.checks.map(({ name, failing_rows }) => [name, failing_rows])),
      )
    } finally {
      await ask(trino.url, `drop schema hive.${schema} cascade`)
      await (await clusterOf()).location.remove(schema)
    }
  })

  it('refuses to share the work schema of another build', async () => {
    const { createSchema, place } = await planPools({
      ...BUILD_DEFAULTS,
      ...settings(),
      input: join(folder, 'small'),
    })
    const { schema } = place
    await ask(trino.url, createSchema.sql)

    const again = build({ input: join(folder, 'small'), cluster: await clusterOf() })

    await expect(again).rejects.toThrow(
      `work schema hive.${schema} is there already: another build uses it, or it was left behind; drop it with: drop schema if exists hive.${schema} cascade`,
    )
    expect(await listSchemas()).toEqual([[schema]])
    await ask(trino.url, `drop schema hive.${schema} cascade`)
    await (await clusterOf()).location.remove(schema)
  })
})

describe('the edge logs', () => {
  it('have a line for each reason, a pool for each rule and a file of each kind', async () => {
    const { manifest } = await build({ input: join(folder, 'edge') })
    const out = join(folder, `out-${count}`)
    const reasonsOf = async (table: string) =>
      (await queryOutputs<{ reason: string }>(out, `select distinct reason from ${table}`)).map(
        ({ reason }) => reason,
      )

    // 11 reasons of lines, conflict and orphan; 10 of candidates.
    expect((await reasonsOf('rejects')).length).toBe(13)
    expect((await reasonsOf('banner_stats')).length).toBe(10)
    expect(new Set(manifest.inputs.map(({ status }) => status)).size).toBe(3)
    expect(manifest.inputs.some(({ rounded }) => rounded > 0)).toBe(true)
    expect(manifest.inputs.some(({ ignored_columns }) => ignored_columns.length > 0)).toBe(true)
    expect(
      manifest.inputs.some(({ status, duplicates }) => status === 'loaded' && duplicates > 0),
    ).toBe(true)
  })
})

describe('pools build --engine trino', () => {
  beforeAll(() => sampleOf(10))

  it('logs in by password over TLS', async () => {
    const { code, stderr } = await runCli(
      ['--trino-url', trino.httpsUrl, '--trino-ca', trino.caFile],
      {
        TRINO_PASSWORD: PASSWORD_USER.password,
      },
    )

    expect(stderr).toContain('fetch pools')
    expect(code).toBe(0)
  })

  it('logs in by token over TLS', async () => {
    const { code, stderr } = await runCli(
      ['--trino-url', trino.httpsUrl, '--trino-ca', trino.caFile],
      {
        TRINO_TOKEN: trino.tokenFor(PASSWORD_USER.name),
      },
    )

    expect(stderr).toContain('fetch pools')
    expect(code).toBe(0)
  })

  it.each([
    [
      'a wrong password',
      () => ['--trino-url', trino.httpsUrl, '--trino-ca', trino.caFile],
      'wrong',
      1,
      'Trino refuses the login (401), see --trino-user, TRINO_PASSWORD and TRINO_TOKEN: https://',
    ],
    [
      'a certificate that nobody vouches for',
      () => ['--trino-url', trino.httpsUrl],
      'wrong',
      1,
      "Trino's certificate is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT), see --trino-ca: https://",
    ],
    [
      'a password over plain HTTP',
      () => ['--trino-url', trino.url],
      'wrong',
      2,
      'TRINO_PASSWORD and TRINO_TOKEN need an https:// --trino-url',
    ],
    [
      'an unknown catalog',
      () => ['--trino-url', trino.url, '--catalog', 'hove'],
      undefined,
      1,
      'Trino has no such catalog, see --catalog: hove',
    ],
    [
      'an unknown session property',
      () => ['--trino-url', trino.url, '--session', 'hive.max_split=1'],
      undefined,
      1,
      'max_split',
    ],
    [
      'no Trino',
      () => ['--trino-url', 'http://127.0.0.1:9'],
      undefined,
      1,
      'Trino cannot be reached (ECONNREFUSED), see --trino-url: http://127.0.0.1:9',
    ],
    [
      'a query that takes too long',
      () => [
        '--trino-url',
        trino.url,
        '--query-timeout',
        '1',
        '--input',
        join(folder, 'sample-10'),
      ],
      undefined,
      1,
      'query ran over 1 s, see --query-timeout: loaded_',
    ],
  ])('ends with one line at %s', async (_, flagsOf, password, exitCode, message) => {
    const environment = password === undefined ? {} : { TRINO_PASSWORD: password }
    const { code, stderr } = await runCli(flagsOf(), environment)

    const lines = stderr.trimEnd().split('\n')
    expect(lines.at(-1)).toContain(`pools: `)
    expect(lines.at(-1)).toContain(message)
    expect(stderr).not.toContain('    at ')
    expect(code).toBe(exitCode)
    expect(await listSchemas()).toEqual([])
  })

  it('stops its query and tidies up at Ctrl-C', async () => {
    const flags = ['--trino-url', trino.url, '--input', join(folder, 'sample-10')]
    const running = startCli(flags)
    // The statement after this one takes some seconds.
    await untilSaid(running, 'raw_conversions_1')

    running.process.kill('SIGINT')
    const { code, stderr } = await running.ended

    expect(stderr.trimEnd().split('\n').at(-1)).toBe('pools: interrupted, nothing published')
    expect(code).toBe(1)
    expect(await listSchemas()).toEqual([])
    expect(await listWorkFiles()).toEqual([])
    const left =
      "select query from system.runtime.queries where state in ('RUNNING', 'QUEUED') and source = 'banner-pools'"
    expect(await ask(trino.url, left)).toEqual([])
  })
})

describe('a build on Athena (a double that passes statements on to Trino)', () => {
  let double: AthenaDouble

  beforeAll(async () => {
    double = await startAthenaDouble(trino)
    vi.stubEnv('AWS_ENDPOINT_URL', double.url)
    vi.stubEnv('AWS_REGION', 'eu-central-1')
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test')
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await double.stop()
  })

  const flags = {
    engine: 'athena',
    catalog: 'AwsDataCatalog',
    workLocation: 's3://bucket/work',
    workFolder: undefined,
  } as const

  it('has the bytes of one on DuckDB', async () => {
    const input = join(folder, 'edge')
    const here = await build({ input, seed: 3 })

    const there = await build({ input, seed: 3, cluster: await clusterOf(flags) })

    expect(there.hashes).toEqual(here.hashes)
    expect(contentOf(there.manifest)).toEqual(contentOf(here.manifest))
    expect(there.manifest.engine).toEqual({ name: 'athena', version: 'Athena engine version 3' })
    expect(await listSchemas()).toEqual([])
    expect(await listWorkFiles()).toEqual([])
  })

  it('ends with one line where there is no such workgroup', async () => {
    const cluster = await clusterOf({ ...flags, workgroup: 'nobody' })

    await expect(build({ input: join(folder, 'small'), cluster })).rejects.toThrow(
      'Athena refuses version, see --workgroup: WorkGroup is not found. (InvalidRequestException)',
    )
  })
})

/** How many pieces of files the statement read that made a table last, and on how many nodes. */
function piecesOf(table: string): string {
  return `select sum(tasks.splits), count(distinct tasks.node_id)
    from system.runtime.tasks
    where tasks.physical_input_bytes > 0
      and tasks.query_id = (
        select max(query_id) from system.runtime.queries where query like 'create table ${table}%'
      )`
}

/** A work location at which one file arrives changed. */
function changing(
  location: WorkLocation,
  file: string,
  change: (text: string) => string,
): WorkLocation {
  return {
    ...location,
    async put(source, path) {
      if (!path.endsWith(file)) return location.put(source, path)
      const text = await readFile(source, 'utf8')
      const changed = join(folder, 'changed.csv')
      if (change(text) === text) throw new Error('nothing was changed')
      await writeFile(changed, change(text))
      return location.put(changed, path)
    },
  }
}

/** Starts a build of the small logs, or of another `--input`, into a folder of its own. */
function startCli(flags: readonly string[], environment: Record<string, string> = {}) {
  count += 1
  const input = flags.includes('--input') ? [] : ['--input', join(folder, 'small')]
  const place = ['--work-location', 'local:///work', '--work-folder', join(trino.folder, 'work')]
  const own = ['--trino-user', PASSWORD_USER.name, '--out', join(folder, `out-${count}`)]
  return startBuild([...own, ...place, ...input, ...flags], environment)
}

function runCli(flags: readonly string[], environment: Record<string, string>) {
  return startCli(flags, environment).ended
}

async function sampleOf(scale: number): Promise<string> {
  const out = join(folder, `sample-${scale}`)
  const isThere = await readdir(out).catch(() => null)
  if (isThere === null) await makeSample({ out, scale, seed: 0 })
  return out
}
