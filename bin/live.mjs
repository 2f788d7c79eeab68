/**
 * `banner-pools live`: logs that grow, a follower that publishes what they come to, and a server, in one command. Each is a
 * process of its own; none outlives this one.
 *
 *     sample --grow ──► <folder>/logs ──► follow ──► <folder>/artifacts ──► serve
 *
 * With Kafka: sample --to ──► three topics ──► follow --kafka ──► <folder>/logs, and so on.
 */
import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const HELP = `banner-pools live [folder] [--rate N] [--kafka HOST:PORT] [--collect] [options of serve]

writes sample logs that grow in a folder (banner-pools-live), follows them, and serves what they come to

  banner-pools live                 100 lines a second, on port 8080; Ctrl-C stops all of it
  banner-pools live --rate 5000     more of them
  banner-pools live try --port 9000 in the folder try
  banner-pools live --kafka localhost:9092   by way of Kafka
  banner-pools live --collect       the server's own impressions, clicks and conversions count, too`

/** Milliseconds that a process has to stop: the follower publishes once more. */
const STOP_MS = 20_000

const DEFAULT_RATE = '100'
const TOKENS = 'conversion-tokens'
const PART = fileURLToPath(new URL('live-part.mjs', import.meta.url))

/**
 * Runs until SIGINT or SIGTERM, or until one of the processes ends.
 *
 * @param words - A folder, perhaps, a rate, and flags of serve.
 */
export async function runLive(words) {
  if (words.includes('--help') || words.includes('-h')) {
    console.log(HELP)
    return
  }
  const { folder, rate, kafka, isCollecting, flags } = readWords(words)
  const [input, out] = [join(folder, 'logs'), join(folder, 'artifacts')]
  mkdirSync(folder, { recursive: true })
  const parts = createParts(folder)
  const stop = (signal) => parts.stop(0, `${signal}: stopping`)
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  if (!existsSync(join(input, '4/conversions_4.csv'))) {
    console.error('making sample logs')
    await parts.run('sample', ['sample', '--out', input])
  }
  console.error('building their pools')
  await parts.run('build', ['build', '--input', input, '--out', out])
  const to = kafka === undefined ? ['--grow', input] : ['--to', `kafka://${kafka}`]
  const from = kafka === undefined ? [] : ['--kafka', kafka]
  parts.start('grow', ['sample', ...to, '--rate', rate])
  parts.start('follow', ['follow', '--input', input, '--out', out, '--ops-port', 'off', ...from])
  const { url, explorer } = await new Promise((found) => {
    const own = isCollecting ? collectFlags(folder, input) : []
    const words = ['serve', '--artifacts', out, '--log', 'json', ...own, ...flags]
    parts.start('serve', words, (line) => {
      const fields = parse(line)
      if (fields.event === 'start') found(fields)
    })
  })
  console.error(
    `${rate} lines a second; what the processes say is in ${folder}/*.log; Ctrl-C stops all`,
  )
  if (isCollecting) {
    const token = readFileSync(join(folder, TOKENS), 'utf8').trim().split(' ')[1]
    console.error(
      `events: ${url}/explorer/events; conversions: POST ${url}/conversions with Bearer ${token}`,
    )
  }
  console.log(`open ${explorer === 'off' ? url : explorer}`)
}

function readWords([...words]) {
  const take = (flag) => {
    const place = words.indexOf(flag)
    return place < 0 ? undefined : words.splice(place, 2)[1]
  }
  const rate = take('--rate') ?? DEFAULT_RATE
  const kafka = take('--kafka')
  const collect = words.indexOf('--collect')
  if (collect >= 0) words.splice(collect, 1)
  const hasFolder = words[0] !== undefined && !words[0].startsWith('-')
  const folder = resolve(hasFolder ? words.shift() : 'banner-pools-live')
  return { folder, rate, kafka, isCollecting: collect >= 0, flags: words }
}

/** What the server counts lies beside the sample logs; an advertiser gets a token. */
function collectFlags(folder, input) {
  const tokens = join(folder, TOKENS)
  if (!existsSync(tokens)) {
    writeFileSync(tokens, `sample ${randomBytes(16).toString('hex')}\n`, { mode: 0o600 })
  }
  return ['--collect', input, '--conversion-tokens', tokens]
}

/** The processes: none is left when this one ends, whatever ends it. */
function createParts(folder) {
  const running = new Map()
  let isStopping = false
  const start = (name, words, onLine = () => {}) => {
    // A group of its own: Ctrl-C reaches this process alone, which then stops the others once.
    const part = fork(PART, words, { detached: true, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
    const path = join(folder, `${name}.log`)
    const log = createWriteStream(path)
    let last = `see ${path}`
    for (const output of [part.stdout, part.stderr]) {
      output.pipe(log, { end: false })
      createInterface({ input: output }).on('line', (line) => {
        last = line
        onLine(line)
      })
    }
    running.set(name, part)
    part.once('exit', (code) => {
      running.delete(name)
      if (!isStopping && code !== 0) void stop(1, `${name} ended with exit code ${code}: ${last}`)
    })
    return part
  }
  const stop = async (exitCode, line) => {
    if (isStopping) return
    isStopping = true
    process.exitCode = exitCode
    console.error(line)
    const parts = [...running.values()]
    for (const part of parts) part.kill('SIGTERM')
    const timer = setTimeout(() => {
      for (const part of parts) part.kill('SIGKILL')
    }, STOP_MS)
    await Promise.all(parts.map((part) => part.exitCode ?? once(part, 'exit')))
    clearTimeout(timer)
    process.exit()
  }
  const run = async (name, words) => {
    const [code] = await once(start(name, words), 'exit')
    // The process stops all, and ends: whoever waits for it waits for ever.
    if (code !== 0 || isStopping) await new Promise(() => {})
  }
  return { start, stop, run }
}

/** A line of the server's log as its fields. */
function parse(line) {
  try {
    return JSON.parse(line)
  } catch {
    return {}
  }
}
