/**
 * What a start costs, as a ratio to `node -e 0`: the compiled program beside its sources run through tsx, as it was
 * before version 0.2.0. Medians of interleaved rounds.
 *
 *     npx tsx bench/start/start.ts [--rounds 20] [--date 2026-11-30]      writes docs/measurements.md
 */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { withTemporaryFolder } from '../../pipeline/base/temporary-folder.ts'
import { describeMachine, formatMs, formatTable, writeSection } from '../document.ts'
import { median } from '../statistics.ts'

const ROOT = join(import.meta.dirname, '../..')
const run = promisify(execFile)

/** The words after the program's name, and how many times `node -e 0` it may take. */
interface Start {
  readonly name: string
  readonly words: readonly string[]
  readonly most: number | null
  /** It ends when this was written on stderr; undefined: by itself. */
  readonly until?: RegExp
  /** The program had nothing of the kind before. */
  readonly isNew?: boolean
}

const BEFORE = {
  pools: ['--import', 'tsx', 'pipeline/main.ts'],
  serve: ['--import', 'tsx', 'server/main.ts'],
}
const AFTER = { pools: ['bin/pools.mjs'], serve: ['bin/serve.mjs'] }

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '20' }, date: { type: 'string' } },
})

await withTemporaryFolder(async (folder) => {
  const machine = describeMachine()
  const starts = await prepare(folder)
  const times = await measure(starts, Number(values.rounds))
  const table = formatTimes(starts, times)
  console.log(table)
  if (values.date === undefined) return
  await writeSection('measurements.md', 'start', `${values.date}, ${machine}.\n\n${table}`)
})

async function prepare(folder: string): Promise<Start[]> {
  const [input, out] = [join(folder, 'logs'), join(folder, 'out')]
  for (const words of [
    ['sample', '--out', input],
    ['build', '--input', input, '--out', out],
  ]) {
    await run('node', ['bin/pools.mjs', ...words], { cwd: ROOT })
  }
  const ports = ['--port', '0', '--ops-port', '0']
  return [
    { name: '`--version`', words: ['--version'], most: 2 },
    { name: '`--help`', words: ['--help'], most: 4 },
    { name: '`build`, current', words: ['build', '--input', input, '--out', out], most: 4 },
    {
      name: 'completion of a build id',
      words: ['--complete', 'rollback', '--artifacts', out, ''],
      most: null,
      isNew: true,
    },
    {
      name: '`serve` listens',
      words: ['serve', '--artifacts', out, ...ports],
      most: 6,
      until: /listening on/,
    },
  ]
}

/** By `empty`, or the name of a start after `before ` or `after `: milliseconds. */
async function measure(starts: readonly Start[], rounds: number): Promise<Map<string, number[]>> {
  const times = new Map<string, number[]>()
  const add = (name: string, ms: number) => times.set(name, [...(times.get(name) ?? []), ms])
  for (let round = 0; round < rounds; round += 1) {
    add('empty', await time(['-e', '0']))
    for (const start of starts) {
      if (!start.isNew) add(`before ${start.name}`, await time(wordsOf(start, BEFORE), start.until))
      add(`after ${start.name}`, await time(wordsOf(start, AFTER), start.until))
    }
  }
  return times
}

function wordsOf({ words: [first = '', ...rest] }: Start, programs: typeof BEFORE): string[] {
  return first === 'serve' ? [...programs.serve, ...rest] : [...programs.pools, first, ...rest]
}

async function time(words: readonly string[], until?: RegExp): Promise<number> {
  const startMs = performance.now()
  const child = spawn('node', words, { cwd: ROOT, stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = once(child, 'exit')
  let text = ''
  let seenMs: number | undefined
  child.stderr.on('data', (chunk) => {
    text += chunk
    if (until?.test(text) !== true || seenMs !== undefined) return
    seenMs = performance.now()
    child.kill('SIGKILL')
  })
  const [code] = await ended
  if (seenMs === undefined && code !== 0) throw new Error(`${words.join(' ')}: ${text}`)
  return (seenMs ?? performance.now()) - startMs
}

function formatTimes(starts: readonly Start[], times: ReadonlyMap<string, number[]>): string {
  const of = (name: string) => median(times.get(name) ?? [])
  const empty = of('empty')
  const ms = (name: string) => (times.has(name) ? formatMs(of(name)) : '')
  const ratio = (name: string) => (times.has(name) ? (of(name) / empty).toFixed(1) : '')
  return formatTable(
    ['start', 'before, ms', 'now, ms', 'before / empty', 'now / empty', 'at most'],
    [
      ['`node -e 0`', formatMs(empty), formatMs(empty), '1.0', '1.0', ''],
      ...starts.map(({ name, most }) => [
        name,
        ms(`before ${name}`),
        ms(`after ${name}`),
        ratio(`before ${name}`),
        ratio(`after ${name}`),
        most === null ? '' : String(most),
      ]),
    ],
  )
}
