/**
 * Three ways to know every click id: a Map, typed arrays (pipeline/state), a table in DuckDB. Ids dense in order, dense
 * and shuffled, and random. Each in a process of its own: loading, a batch of 10,000 more of which a hundredth are old,
 * memory; of the typed arrays also saving, opening, and the first batch afterwards. Times are of the processor, so that
 * other work on the machine counts little.
 *
 *     npx tsx bench/live/state.ts [CLICKS] [WAY] [IDS]
 */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { withDatabase } from '../../pipeline/base/database.ts'
import { withTemporaryFolder } from '../../pipeline/base/temporary-folder.ts'
import { openState } from '../../pipeline/state/saved-state.ts'
import type { CountsState } from '../../pipeline/state/state.ts'
import { describeMachine } from '../document.ts'
import { median } from '../statistics.ts'

const WAYS = ['map', 'typed arrays', 'duckdb'] as const
const SHAPES = ['in order', 'shuffled', 'random'] as const
type Way = (typeof WAYS)[number]
type Shape = (typeof SHAPES)[number]

const BATCH = 10_000
const BATCHES = 20
/** Old ids in a batch: one of so many. */
const OLD = 100
/** Lines that are handed over at once while loading. */
const LOAD = 50_000
const FIRST_ID = 10_000_000n
/** Prime to every round number of clicks. */
const STEP = 7_919n * 104_729n

const clicks = Number(process.argv[2] ?? 1e6)
const [way, shape] = [process.argv[3] as Way | undefined, process.argv[4] as Shape | undefined]

if (way === undefined || shape === undefined) runAll()
else console.log(`| ${way} | ${shape} | ${(await measure(way, shape)).join(' | ')} |`)

function runAll(): void {
  console.log(`${clicks} clicks; ${describeMachine()}\n`)
  console.log(
    '| way | ids | load, ns a click | batch of 10,000: median, ms | longest, ms | memory, MB | save, s | open and first batch, s |',
  )
  console.log('|---|---|---|---|---|---|---|---|')
  for (const oneWay of WAYS.filter((one) => way === undefined || one === way)) {
    for (const oneShape of SHAPES) {
      const file = fileURLToPath(import.meta.url)
      const args = ['--max-old-space-size=12000', '--import', 'tsx', file]
      const row = execFileSync(process.execPath, [...args, String(clicks), oneWay, oneShape])
      console.log(String(row).trim())
    }
  }
}

/** Tells ids apart by their number; the first {@link clicks} are loaded. */
function idAt(index: number, ids: Shape): bigint {
  if (ids === 'in order') return FIRST_ID + BigInt(index)
  if (ids === 'shuffled') {
    const isLoaded = index < clicks
    return FIRST_ID + (isLoaded ? (BigInt(index) * STEP) % BigInt(clicks) : BigInt(index))
  }
  let mixed = BigInt.asUintN(64, (BigInt(index) + 1n) * 0x9e3779b97f4a7c15n)
  mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 31n)) * 0xbf58476d1ce4e5b9n)
  return 1n + (mixed >> 5n)
}

/** A batch after loading; one id of each hundred was there before. */
function batchIds(batch: number, ids: Shape): bigint[] {
  return Array.from({ length: BATCH }, (_, at) => {
    const isOld = at % OLD === 0
    return idAt(isOld ? (batch * 7_919 + at * 31) % clicks : clicks + batch * BATCH + at, ids)
  })
}

/** Adds ids and gives milliseconds. */
type AddIds = (ids: readonly bigint[]) => Promise<number>

async function measure(oneWay: Way, ids: Shape): Promise<string[]> {
  if (oneWay === 'map') return measureAdding(ids, createMap(ids))
  if (oneWay === 'typed arrays') return measureTyped(ids)
  return withDatabase(':memory:', { threads: 2, memoryLimit: '12GB' }, async (connection) => {
    await connection.run('create table known (id bigint, pair integer)')
    return measureAdding(ids, async (own) => {
      await connection.run('create or replace temp table batch (id bigint, pair integer)')
      const appender = await connection.createAppender('batch')
      for (const id of own) {
        appender.appendBigInt(id)
        appender.appendInteger(1)
        appender.endRow()
      }
      appender.closeSync()
      // Filling row by row is no part of what is compared.
      const start = cpuMs()
      await connection.run(
        'insert into known select id, pair from batch where id not in (select known.id from known semi join batch on known.id = batch.id)',
      )
      return cpuMs() - start
    })
  })
}

function createMap(ids: Shape): AddIds {
  const numbers = new Map<number | bigint, number>()
  return async (own) => {
    const keys = ids === 'random' ? own : own.map(Number)
    const start = cpuMs()
    for (const key of keys) if (!numbers.has(key)) numbers.set(key, 1)
    return cpuMs() - start
  }
}

function linesOf(ids: readonly bigint[], hasHeader: boolean): Buffer {
  const lines = ids.map((id) => `${id},${100n + (id % 401n)},${1n + (id % 50n)}\n`)
  return Buffer.from((hasHeader ? 'click_id,banner_id,campaign_id\n' : '') + lines.join(''))
}

function createTyped(state: CountsState, path: string): AddIds {
  let nextLine = 1
  return async (own) => {
    const bytes = linesOf(own, nextLine === 1)
    const start = cpuMs()
    const file = { dataset: 1, table: 'clicks', path } as const
    const { lines } = state.add({ ...file, firstLine: nextLine, bytes })
    nextLine += lines + (nextLine === 1 ? 1 : 0)
    return cpuMs() - start
  }
}

function measureTyped(ids: Shape): Promise<string[]> {
  return withTemporaryFolder(async (folder) => {
    const refuse = (reason: string) => {
      throw new Error(reason)
    }
    const stored = await openState(folder, { renames: [] }, refuse)
    const figures = await measureAdding(ids, createTyped(stored.state, 'a'))
    const saveMs = await time(() => stored.save())
    stored.close()
    const openMs = await time(async () => {
      const again = await openState(folder, { renames: [] }, refuse)
      await createTyped(again.state, 'b')(batchIds(BATCHES, ids))
      again.close()
    })
    return [...figures, (saveMs / 1000).toFixed(2), (openMs / 1000).toFixed(2)]
  })
}

/** Processor time of the process so far, in milliseconds. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

async function time(fn: () => Promise<unknown>): Promise<number> {
  const start = cpuMs()
  await fn()
  return cpuMs() - start
}

async function measureAdding(ids: Shape, add: AddIds): Promise<string[]> {
  let loadMs = 0
  for (let from = 0; from < clicks; from += LOAD) {
    const count = Math.min(LOAD, clicks - from)
    loadMs += await add(Array.from({ length: count }, (_, at) => idAt(from + at, ids)))
  }
  const times: number[] = []
  for (let batch = 0; batch < BATCHES; batch += 1) times.push(await add(batchIds(batch, ids)))
  global.gc?.()
  const memory = process.memoryUsage.rss() / 1e6
  const perClick = ((loadMs * 1e6) / clicks).toFixed(0)
  return [perClick, median(times).toFixed(1), Math.max(...times).toFixed(1), memory.toFixed(0)]
}
