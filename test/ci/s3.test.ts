/** Buckets as input and output, against a real S3 server. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { DeleteObjectCommand, GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseManifest } from '../../contract/manifest.ts'
import type { Manifest } from '../../contract/schema.ts'
import { eventOfFormat2 } from '../../scripts/lib/lambda-events.ts'
import { PROGRAMS } from '../../scripts/lib/programs.ts'
import { loadPublished } from '../../server/lambda/builds.ts'
import { createObjectReader } from '../../server/lambda/objects.ts'
import { loadBuild } from '../../server/pools/load.ts'
import { csv, smallWorld } from '../helpers/builds.ts'
import { createFolder, removeFolder, writeFiles } from '../helpers/folders.ts'
import { unpackLambda, withLambda } from '../helpers/lambda.ts'
import { type S3Server, startS3 } from '../helpers/s3.ts'
import { seededRandom } from '../helpers/seeded-random.ts'

const KILLS = 50

let store: S3Server
let folder: string
beforeEach(async () => {
  store = await startS3()
  folder = await createFolder()
})
afterEach(async () => {
  await store.stop()
  await removeFolder(folder)
})

/** The logs of {@link smallWorld}, with an earning of banner 31 that is another in each version. */
function world(version: number): Record<string, string> {
  const files = smallWorld()
  const conversions = csv('conversion_id,click_id,revenue', ['10,100,1.25', `11,101,${version}`])
  return { ...files, '1/conversions_1.csv': conversions }
}

async function putLogs(version: number): Promise<void> {
  for (const [path, text] of Object.entries(world(version))) await store.put(`logs/${path}`, text)
}

function start(args: readonly string[], cache = 'cache'): ChildProcess {
  const flags = args[0] === 'build' ? ['--cache', join(folder, cache)] : []
  return spawn(process.execPath, [PROGRAMS.pools, ...args, ...flags], {
    env: { PATH: process.env.PATH, HOME: folder, NODE_NO_WARNINGS: '1', ...store.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

async function pools(args: readonly string[], cache?: string) {
  const child = start(args, cache)
  const output = { stdout: '', stderr: '' }
  child.stdout?.on('data', (chunk) => {
    output.stdout += chunk
  })
  child.stderr?.on('data', (chunk) => {
    output.stderr += chunk
  })
  const [code] = await once(child, 'close')
  return { code, ...output }
}

const BUILD = ['build', '--input', 's3://bucket/logs', '--out', 's3://bucket/pools', '--json']

async function build(cache?: string): Promise<{ status: string; build_id: string }> {
  const { code, stdout, stderr } = await pools(BUILD, cache)
  expect(stderr).not.toContain('Error')
  expect(code, stderr).toBe(0)
  return JSON.parse(stdout)
}

async function textOf(key: string): Promise<string> {
  const { Body } = await store.client.send(new GetObjectCommand({ Bucket: 'bucket', Key: key }))
  return (await Body?.transformToString()) ?? ''
}

async function pointer(): Promise<Manifest> {
  return parseManifest(await textOf('pools/manifest.json'))
}

/** What a function would serve: it fails unless the published build is whole. */
async function servedBuild(): Promise<string> {
  const read = createObjectReader('bucket', store.env)
  const published = await loadPublished(read, 'pools', (path) => loadBuild(path, undefined))
  return published?.build.pools.buildId ?? 'none'
}

function filesOf(id: string): string[] {
  const names = ['banner_stats.parquet', 'manifest.json', 'pools.parquet', 'rejects.parquet']
  return names.map((name) => `pools/builds/${id}/${name}`)
}

describe('pools build with buckets', () => {
  it('publishes what a build of the same files in folders gives', async () => {
    await putLogs(2)
    await writeFiles(join(folder, 'in'), world(2))

    const published = await build()

    const local = await pools([
      'build',
      '--input',
      join(folder, 'in'),
      '--out',
      join(folder, 'out'),
    ])
    expect(local.code).toBe(0)
    expect(published).toMatchObject({ status: 'built' })
    const keys = (await store.keys()).filter((key) => key.startsWith('pools/'))
    expect(keys).toEqual(
      expect.arrayContaining([...filesOf(published.build_id), 'pools/manifest.json']),
    )
    const { Body } = await store.client.send(
      new GetObjectCommand({
        Bucket: 'bucket',
        Key: `pools/builds/${published.build_id}/pools.parquet`,
      }),
    )
    const bytes = Buffer.from((await Body?.transformToByteArray()) ?? [])
    expect(bytes.equals(await readFile(join(folder, 'out/pools.parquet')))).toBe(true)
    expect(await textOf('pools/manifest.json')).toBe(
      await textOf(`pools/builds/${published.build_id}/manifest.json`),
    )
    expect(await servedBuild()).toBe(published.build_id)
  })

  it('does nothing where the build is current, also on another machine', async () => {
    await putLogs(2)
    const first = await build()
    const head = new HeadObjectCommand({ Bucket: 'bucket', Key: 'pools/manifest.json' })
    const before = await store.client.send(head)

    const again = [await build(), await build('another-machine')]

    expect(again).toEqual([
      expect.objectContaining({ status: 'current', build_id: first.build_id }),
      expect.objectContaining({ status: 'current', build_id: first.build_id }),
    ])
    expect((await store.client.send(head)).LastModified).toEqual(before.LastModified)
  })

  it('downloads only what changed, and drops what is gone', async () => {
    await putLogs(2)
    await build()
    await store.put('logs/1/conversions_1.csv', world(3)['1/conversions_1.csv'] ?? '')
    await store.put('logs/1/clicks_more.csv', 'click_id,banner_id,campaign_id\n900,32,7\n')

    const { stderr } = await pools(BUILD)
    await store.client.send(
      new DeleteObjectCommand({ Bucket: 'bucket', Key: 'logs/1/clicks_more.csv' }),
    )
    const after = await pools(BUILD)

    expect(stderr).toMatch(/^download 2 files, 11 kept/m)
    expect(after.stderr).toMatch(/^download 0 files, 12 kept/m)
    expect(JSON.parse(after.stdout).files).toBe(12)
  })

  it('compares a build with the one before it, on any machine', async () => {
    await putLogs(2)
    const first = await build()
    await putLogs(3)

    await build('another-machine')

    expect((await pointer()).previous_build_id).toBe(first.build_id)
  })

  it('mends a published build that is not whole', async () => {
    await putLogs(2)
    const { build_id: id } = await build()
    await store.put(`pools/builds/${id}/pools.parquet`, 'something else')
    await expect(servedBuild()).rejects.toThrow('the manifest says')

    const mended = await build('another-machine')

    expect(mended.status).toBe('built')
    expect(await servedBuild()).toBe(id)
  })

  it('keeps as many builds as it is told', async () => {
    const ids: string[] = []
    for (const version of [2, 3, 4]) {
      await putLogs(version)
      const { stdout } = await pools([...BUILD, '--keep', '2'])
      ids.push(JSON.parse(stdout).build_id)
    }

    const kept = (await store.keys()).filter((key) => key.endsWith('/pools.parquet'))
    expect(kept).toEqual(
      ids
        .slice(1)
        .sort()
        .map((id) => `pools/builds/${id}/pools.parquet`),
    )
  })

  it('refuses to publish over what another job published meanwhile', async () => {
    await putLogs(2)
    await build()
    await putLogs(3)
    const slow = start(BUILD)
    let stderr = ''
    slow.stderr?.on('data', (chunk) => {
      stderr += chunk
    })
    await said(slow, 'fetch the current build')
    slow.kill('SIGSTOP')
    await putLogs(4)
    const winner = await build('another-machine')

    slow.kill('SIGCONT')
    const [code] = await once(slow, 'close')

    expect(code).toBe(1)
    expect(stderr).toContain(
      'pools: another job published meanwhile, its build stays current: s3://bucket/pools',
    )
    expect(await servedBuild()).toBe(winner.build_id)
  })

  it('rolls back to the build before, and to one by its id', async () => {
    const ids: string[] = []
    for (const version of [2, 3]) {
      await putLogs(version)
      ids.push((await build()).build_id)
    }

    const said = await pools(BUILD.filter((word) => word !== '--json'))
    expect(said.stdout).toContain(`\nartifact  s3://bucket/pools/builds/${ids[1]}/pools.parquet\n`)
    const back = await pools(['rollback', '--artifacts', 's3://bucket/pools'])
    expect(back.stdout).toBe(`build ${ids[0]} is current now, ${ids[1]} was before\n`)
    expect(await servedBuild()).toBe(ids[0])

    await pools(['rollback', ids[1] ?? '', '--artifacts', 's3://bucket/pools'])
    expect(await servedBuild()).toBe(ids[1])
  })

  it.each([
    [
      'no such bucket',
      ['build', '--input', 's3://nowhere/logs', '--out', 's3://bucket/pools'],
      1,
      /NoSuchBucket.*s3:\/\/nowhere\/logs/,
    ],
    [
      'no logs',
      ['build', '--input', 's3://bucket/nothing', '--out', 's3://bucket/pools'],
      1,
      /no dataset found/,
    ],
    [
      'a bucket that is none',
      ['build', '--input', 's3://', '--out', 's3://bucket/pools'],
      2,
      /--input must be a folder or s3:\/\/bucket\/prefix/,
    ],
  ])('says in one line what is wrong: %s', async (_, args, code, reason) => {
    const result = await pools(args)

    expect(result.code).toBe(code)
    expect(result.stderr).toMatch(reason)
    expect(result.stderr).not.toMatch(/^ {4}at /m)
  })

  it(`leaves readers the old or the new build, whole, killed at ${KILLS} random moments`, {
    timeout: 900_000,
  }, async () => {
    await putLogs(2)
    const first = await build()
    const served = new Set([first.build_id])
    const random = seededRandom(8)
    // Milliseconds from a line of progress to the end, as the last run that came to its end took.
    const restMs = { download: 1_000, write: 300 }
    let [killed, moved] = [0, 0]
    for (let turn = 0; killed < KILLS; turn++) {
      expect(turn).toBeLessThan(3 * KILLS)
      // Half of the moments in the whole run, half in the writing and publishing at its end.
      const line = turn % 2 === 0 ? 'download' : 'write'
      await putLogs(10 + turn)
      const before = await servedBuild()
      const child = start(BUILD)
      const ended = once(child, 'exit')
      await said(child, line)
      const startMs = performance.now()
      await Promise.race([sleep(restMs[line] * random()), ended])
      if (child.exitCode === null) killed++
      else restMs[line] = performance.now() - startMs
      child.kill('SIGKILL')
      await ended

      const after = await servedBuild()

      expect((await pointer()).build_id).toBe(after)
      if (after !== before) {
        moved++
        expect(served).not.toContain(after)
      }
      served.add(after)
    }
    const last = await build()
    expect(await servedBuild()).toBe(last.build_id)
    console.log(`${killed} publishers killed; the pointer moved ${moved} times`)
  })
})

/** Waits until a job says a line that begins so. */
function said(child: ChildProcess, word: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = ''
    child.stderr?.on('data', (chunk) => {
      text += chunk
      if (new RegExp(`^${word}`, 'm').test(text)) resolve()
    })
    child.once('close', () => reject(new Error(`ended without a line '${word}': ${text}`)))
  })
}

describe('the function with a bucket', () => {
  it('serves what is published, follows it, and denies what its list says', async () => {
    await putLogs(2)
    const first = await build()
    await unpackLambda(join(folder, 'task'), [])
    const env = { ...store.env, POOLS_S3: 's3://bucket/pools', POOLS_CHECK_SECONDS: '1' }

    await withLambda(join(folder, 'task'), env, async ({ invoke, log }) => {
      const ask = async () => {
        const answer = await invoke(eventOfFormat2('$default', { path: '/campaigns/7' }))
        return answer.statusCode === 200 ? JSON.parse(answer.body).build_id : answer.statusCode
      }
      /** Asks until the answer is this one; a look takes its time behind the answers. */
      const until = async (wanted: unknown) => {
        for (let tries = 0; tries < 100 && (await ask()) !== wanted; tries++) await sleep(100)
        return ask()
      }
      expect(await ask()).toBe(first.build_id)

      await putLogs(3)
      const second = await build()
      expect(await until(second.build_id)).toBe(second.build_id)

      await store.put('pools/manifest.json', 'no manifest')
      await sleep(1_100)
      await ask()
      await sleep(500)
      expect(await ask()).toBe(second.build_id)
      expect(log()).toContainEqual(
        expect.objectContaining({
          level: 'error',
          msg: expect.stringContaining('not JSON: pools/manifest.json'),
        }),
      )

      await store.put('pools/denylist.txt', 'campaign 7\n')
      expect(await until(204)).toBe(204)
      expect(log()).toContainEqual(
        expect.objectContaining({
          PoolsAgeHours: expect.any(Number),
          Failures: expect.any(Number),
        }),
      )
    })
  })

  it('answers 503 while nothing is published, and serves what comes', async () => {
    await unpackLambda(join(folder, 'task'), [])
    const env = { ...store.env, POOLS_S3: 's3://bucket/pools' }

    await withLambda(join(folder, 'task'), env, async ({ invoke }) => {
      const ask = () => invoke(eventOfFormat2('$default', { path: '/campaigns/7' }))
      const early = await ask()
      await putLogs(2)
      await build()
      await sleep(1_100)
      const late = await ask()

      expect(early).toMatchObject({ statusCode: 503, headers: { 'retry-after': '5' } })
      expect(late.statusCode).toBe(200)
    })
  })

  it('cannot read with wrong keys', async () => {
    await putLogs(2)
    await build()
    const read = createObjectReader('bucket', { ...store.env, AWS_SECRET_ACCESS_KEY: 'wrong' })

    await expect(read('pools/manifest.json')).rejects.toThrow('the store answers 403')
  })
})
