/**
 * What rows cost, from 10^7 to 10^9: `npx tsx bench/scale/scale.ts 7 8 9 [--folder DIR] [--date DATE]`, which with a date
 * goes into docs/scale.md. Each time logs of so many rows are made, packed with gzip, and read in four ways, each in a process of its own: a build from nothing, the same in shards with a
 * build of what they scanned, and DuckDB's own scan of the same files. Takes about 15 GB of disk for 10^9.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createGzip } from 'node:zlib'
import { makeSample } from '../../pipeline/sample/sample.ts'
import { hashOutputs } from '../../scripts/lib/outputs.ts'
import { describeMachine, formatCount, formatTable, writeSection } from '../document.ts'

/** Rows of a sample of scale 1. */
const SAMPLE_ROWS = 796_001
const SHARDS = 4
/** As fast as gzip packs. */
const GZIP_LEVEL = 1
const PACKED_AT_ONCE = 2

const USAGE = new URL('usage.mjs', import.meta.url).href
const SCAN = fileURLToPath(new URL('duckdb-scan.ts', import.meta.url))
const MAIN = fileURLToPath(new URL('../../pipeline/main.ts', import.meta.url))

/** What a process took. */
interface Usage {
  readonly wallMs: number
  readonly cpuMs: number
  readonly peakMb: number
}

const { values, positionals } = parseArgs({
  options: { folder: { type: 'string', default: tmpdir() }, date: { type: 'string' } },
  allowPositionals: true,
})
const machine = describeMachine()
const notes: string[] = []
console.log(machine)
const rows: string[][] = []
for (const exponent of positionals.map(Number)) rows.push(...(await measureRows(10 ** exponent)))
const head = [
  'rows',
  'way',
  'wall s',
  'processor s',
  'wall s per million rows',
  'peak MB',
  'disk MB',
]
const table = formatTable(head, rows)
console.log(table)
if (values.date !== undefined) {
  const facts = `${values.date}, ${machine}. ${notes.join('; ')}.`
  await writeSection('scale.md', 'rows', `${facts}\n\n${table}`)
}

async function measureRows(count: number): Promise<string[][]> {
  const folder = await mkdtemp(join(values.folder, 'scale-'))
  try {
    const input = join(folder, 'in')
    const { files } = await makeSample({ out: input, scale: count / SAMPLE_ROWS, seed: 0 })
    const actual = files.reduce((sum, file) => sum + file.rows, 0)
    const csvMb = files.reduce((sum, file) => sum + file.bytes, 0) / 1e6
    await packAll(files.map(({ path }) => join(input, path)))
    const packedMb = await measureFolder(input)
    const made = `${formatCount(actual)} rows: ${formatCount(csvMb)} MB, packed ${formatCount(packedMb)} MB`
    console.log(made)
    notes.push(made)
    return await measureWays(folder, actual)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function measureWays(folder: string, count: number): Promise<string[][]> {
  const [input, scanned] = [join(folder, 'in'), join(folder, 'scanned')]
  const [alone, out] = [join(folder, 'alone'), join(folder, 'out')]
  const pools = (...words: string[]) => run(folder, [MAIN, ...words, '--input', input])
  const describe = (way: string, { wallMs, cpuMs, peakMb }: Usage, diskMb: number) => [
    ...[formatCount(count), way, seconds(wallMs), seconds(cpuMs)],
    ...[(wallMs / 1e3 / (count / 1e6)).toFixed(4), formatCount(peakMb), formatCount(diskMb)],
  ]
  const table: string[][] = []
  const whole = await pools('build', '--out', alone)
  table.push(describe('build', whole, await measureFolder(alone)))
  for (let index = 0; index < SHARDS; index += 1) {
    const shard = await pools('scan', '--into', scanned, '--shard', `${index}/${SHARDS}`)
    table.push(describe(`scan, shard ${index} of ${SHARDS}`, shard, await measureFolder(scanned)))
  }
  const built = await pools('build', '--out', out, '--scanned', scanned)
  table.push(describe('build of what was scanned', built, await measureFolder(out)))
  table.push(describe("DuckDB's own scan", await run(folder, [SCAN, input]), 0))
  const isSame = JSON.stringify(await hashOutputs(alone)) === JSON.stringify(await hashOutputs(out))
  if (!isSame) throw new Error('the builds differ')
  return table
}

async function run(folder: string, words: readonly string[]): Promise<Usage> {
  const file = join(folder, 'usage.json')
  const start = performance.now()
  const child = spawn(process.execPath, ['--import', USAGE, '--import', 'tsx', ...words], {
    env: { ...process.env, USAGE_FILE: file },
    stdio: ['ignore', 'ignore', 'ignore'],
  })
  const [code] = await once(child, 'close')
  const wallMs = performance.now() - start
  if (code !== 0) throw new Error(`exit code ${code}: ${words.join(' ')}`)
  const usage = JSON.parse(await readFile(file, 'utf8')) as Omit<Usage, 'wallMs'>
  return { wallMs, ...usage }
}

async function packAll(paths: readonly string[]): Promise<void> {
  const queue = [...paths]
  async function work(): Promise<void> {
    for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
      const gzip = createGzip({ level: GZIP_LEVEL, chunkSize: 1 << 20 })
      await pipeline(
        createReadStream(path, { highWaterMark: 1 << 20 }),
        gzip,
        createWriteStream(`${path}.gz`),
      )
      await rm(path)
    }
  }
  await Promise.all(Array.from({ length: PACKED_AT_ONCE }, work))
}

async function measureFolder(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const sizes = await Promise.all(files.map((one) => stat(join(one.parentPath, one.name))))
  return sizes.reduce((sum, { size }) => sum + size, 0) / 1e6
}

function seconds(ms: number): string {
  return (ms / 1e3).toFixed(1)
}
