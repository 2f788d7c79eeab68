/**
 * The cold start of the function: from the first event to its answer, in AWS's Runtime Interface Emulator with AWS's own
 * runtime client, from the unpacked bundle. Node's start is part of it, the download of the package is not.
 *
 *     npx tsx bench/serve/lambda.ts EMULATOR CLIENT
 *
 * EMULATOR is `aws-lambda-rie`; CLIENT is `bin/index.mjs` of the npm package aws-lambda-ric, installed somewhere else:
 * it compiles C++ as it is installed.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-image.html
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { bundleLambda, packPools } from '../../deploy/lambda/lambda-files.ts'
import { zipFiles } from '../../deploy/lambda/zip.ts'
import { withTemporaryFolder } from '../../pipeline/base/temporary-folder.ts'
import { eventOfFormat2 } from '../../scripts/lib/lambda-events.ts'
import { writePoolsFile } from '../../scripts/lib/pool-files.ts'
import { freePort } from '../../scripts/lib/ports.ts'
import { median, range } from '../statistics.ts'

const POOLS = [200, 200_000]
const POOL_SIZE = 10
const DATASETS = 4
const ROUNDS = 9
const WARM_REQUESTS = 200
const INVOKE = '2015-03-31/functions/function/invocations'

const [, , emulator, client] = process.argv
if (emulator === undefined || client === undefined) {
  throw new Error('usage: npx tsx bench/serve/lambda.ts EMULATOR CLIENT')
}

interface Round {
  readonly coldMs: number
  /** Median of the requests after it. */
  readonly warmMs: number
}

await withTemporaryFolder(async (folder) => {
  const { files } = await bundleLambda()
  const rounds = new Map(POOLS.map((pools) => [pools, [] as Round[]]))
  for (const pools of POOLS) await unpack(files, join(folder, `${pools}`), pools)
  for (let round = 0; round < ROUNDS; round++) {
    for (const [pools, done] of rounds) done.push(await measure(join(folder, `${pools}`)))
  }
  console.log(formatRun(zipFiles(files).length, rounds))
})

async function unpack(
  files: Readonly<Record<string, Uint8Array>>,
  folder: string,
  pools: number,
): Promise<void> {
  const artifacts = `${folder}-artifacts`
  await mkdir(artifacts)
  const campaigns = pools / DATASETS
  await writePoolsFile(
    artifacts,
    `select
        (i // ${campaigns * POOL_SIZE} + 1)::smallint as dataset,
        (i // ${POOL_SIZE} % ${campaigns} + 1)::bigint as campaign_id,
        (i % ${POOL_SIZE} + 1)::smallint as rank,
        (hash(i // ${POOL_SIZE}) % 1000000 * ${POOL_SIZE} + i % ${POOL_SIZE} + 1)::bigint as banner_id,
        'revenue' as source,
        (i % 997 / 8)::decimal(18, 6) as revenue,
        (i % 313)::bigint as clicks, (i % 11)::bigint as conversions, (i % 7919)::bigint as impressions
    from range(${pools * POOL_SIZE}) as rows(i)
    order by i`,
  )
  for (const [name, content] of Object.entries({ ...files, ...(await packPools(artifacts)) })) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), content)
  }
}

/** One sandbox: its first answer, then some more. */
async function measure(folder: string): Promise<Round> {
  const [port, apiPort] = [await freePort(), await freePort()]
  const addresses = [
    '--runtime-interface-emulator-address',
    `127.0.0.1:${port}`,
    '--runtime-api-address',
    `127.0.0.1:${apiPort}`,
  ]
  const command = [process.execPath, client ?? '', 'index.handler']
  const child = spawn(emulator ?? '', [...addresses, ...command], {
    cwd: folder,
    stdio: 'ignore',
    env: { PATH: process.env.PATH, LAMBDA_TASK_ROOT: folder },
  })
  const exit = once(child, 'exit')
  try {
    const url = `http://127.0.0.1:${port}`
    while (!(await fetch(url).catch(() => undefined))) await sleep(20)
    const coldMs = await invoke(`${url}/${INVOKE}`)
    const warm: number[] = []
    for (let i = 0; i < WARM_REQUESTS; i++) warm.push(await invoke(`${url}/${INVOKE}`))
    return { coldMs, warmMs: median(warm) }
  } finally {
    child.kill('SIGTERM')
    await exit
  }
}

async function invoke(url: string): Promise<number> {
  const body = JSON.stringify(eventOfFormat2('default', { path: '/campaigns/12' }))
  const startMs = performance.now()
  const answer = (await (await fetch(url, { method: 'POST', body })).json()) as object
  const elapsedMs = performance.now() - startMs
  if (!('statusCode' in answer) || answer.statusCode !== 200)
    throw new Error(JSON.stringify(answer))
  return elapsedMs
}

function formatRun(bytes: number, rounds: ReadonlyMap<number, readonly Round[]>): string {
  const [cpu] = cpus()
  const lines = [...rounds].map(([pools, done]) => {
    const cold = done.map(({ coldMs }) => coldMs)
    const warm = median(done.map(({ warmMs }) => warmMs)).toFixed(1)
    return `${pools} pools: first answer ${median(cold).toFixed(0)} ms (${range(cold)}), then ${warm} ms`
  })
  return [
    `${cpus().length} × ${cpu?.model}, Node ${process.version}, ${ROUNDS} rounds, package without pools ${bytes} bytes`,
    ...lines,
  ].join('\n')
}
