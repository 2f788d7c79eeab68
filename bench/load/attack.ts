/**
 * Another visitor of the plain route, every 100 ms, while others try to silence the server: 10 sockets that send 1,000
 * requests each at once and read nothing, for each kind of route; 500 that read no byte of a great picture; a log disk that
 * is full. Writes the longest wait and the peak memory into docs/load-test.md.
 *
 *     npx tsx bench/load/attack.ts --date 2026-11-30 [--root ../another-checkout] [--seconds 10] [--section attack]
 */
import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { join, resolve } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { withTemporaryFolder } from '../../pipeline/base/temporary-folder.ts'
import { describeMachine, formatCount, formatTable, writeSection } from '../document.ts'
import { NoAnswer, withTarget } from './attack-target.ts'
import { visit } from './attack-visitor.ts'

interface Attack {
  readonly name: string
  readonly sockets: number
  readonly requests: number
  readonly path: string
  readonly accept: string
  readonly hasFullLog?: boolean
}

const PAGE = 'text/html'
const ANY = '*/*'
const SMALL_PICTURE = { id: 5, bytes: 60_000 }
const GREAT_PICTURE = { id: 6, bytes: 9_900_000 }

const ATTACKS: readonly Attack[] = [
  { name: 'none', sockets: 0, requests: 0, path: '/', accept: ANY },
  pipelined('home', '/', PAGE),
  pipelined('page of a campaign', '/explorer/campaigns/12', PAGE),
  pipelined('picture of 60 kB', `/images/${SMALL_PICTURE.id}`, ANY),
  pipelined('docs', '/docs/swagger-ui-bundle.js', ANY),
  pipelined('JSON, oddly spelt', '/campaigns/12?exclude=30%2C10', ANY),
  {
    name: '500 slow readers of 9.9 MB',
    sockets: 500,
    requests: 1,
    path: `/images/${GREAT_PICTURE.id}`,
    accept: ANY,
  },
  { ...pipelined('full log disk, home', '/', PAGE), hasFullLog: true },
]

const run = promisify(execFile)
const { values } = parseArgs({
  options: {
    date: { type: 'string' },
    root: { type: 'string', default: '.' },
    seconds: { type: 'string', default: '10' },
    section: { type: 'string', default: 'attack' },
  },
})
const { date, section } = values
if (date === undefined) throw new Error('--date must be given, as 2026-11-30')
const root = resolve(values.root)
const seconds = Number(values.seconds)

await withTemporaryFolder(async (folder) => {
  const machine = describeMachine()
  const [input, artifacts, images] = ['in', 'out', 'images'].map((name) => join(folder, name))
  if (input === undefined || artifacts === undefined || images === undefined) return
  // By the version itself: an older one does not read a newer format.
  const pools = async (...words: string[]) => {
    await run('npm', ['run', '-s', 'pools', '--', ...words], { cwd: root })
  }
  await pools('sample', '--out', input)
  await pools('build', '--input', input, '--out', artifacts)
  await mkdir(images)
  for (const { id, bytes } of [SMALL_PICTURE, GREAT_PICTURE]) {
    await writeFile(join(images, `image_${id}.jpg`), jpegOf(bytes))
  }
  const rows: string[][] = []
  for (const attack of ATTACKS) {
    const row = await suffer(attack, { root, artifacts, images }).catch((error) => {
      if (!(error instanceof NoAnswer)) throw error
      return [attack.name, 'no answer', 'all', 'no answer', 'all', '-', '-', 'killed']
    })
    rows.push(row)
    process.stderr.write(`${rows.at(-1)?.join('   ')}\n`)
  }
  const head = [
    'attack',
    'longest wait ms',
    'failed',
    'longest /livez ms',
    'failed',
    'processor ms',
    'peak MB',
    'stopped after ms',
  ]
  const text = `${date}, ${machine}; ${seconds} s each.\n\n${formatTable(head, rows)}`
  process.stdout.write(`${text}\n`)
  await writeSection('load-test.md', section, text)
})

async function suffer(
  attack: Attack,
  { root, artifacts, images }: { root: string; artifacts: string; images: string },
): Promise<string[]> {
  const cells: string[] = [attack.name]
  const hasFullLog = attack.hasFullLog === true
  const stoppedMs = await withTarget({ root, artifacts, images, hasFullLog }, async (target) => {
    const idleMs = await target.busyMs()
    const sockets = Array.from({ length: attack.sockets }, () => open(target.port, attack))
    const [visitor, probe] = await Promise.all([
      visit(target.port, '/campaigns/12?dataset=1', seconds),
      visit(target.opsPort, '/livez', seconds),
    ])
    const [peak, busyMs] = [await target.peakBytes(), await target.busyMs()]
    cells.push(formatCount(visitor.longestMs), `${visitor.failed} of ${visitor.asked}`)
    cells.push(formatCount(probe.longestMs), `${probe.failed} of ${probe.asked}`)
    cells.push(formatCount(busyMs - idleMs), formatCount(peak / 1e6))
    for (const socket of sockets) socket.destroy()
  })
  return [...cells, stoppedMs === undefined ? 'killed' : formatCount(stoppedMs)]
}

/** Sends all requests at once, and reads nothing. */
function open(port: number, { path, accept, requests }: Attack): Socket {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.pause()
  socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nAccept: ${accept}\r\n\r\n`.repeat(requests))
  return socket
}

function pipelined(name: string, path: string, accept: string): Attack {
  return { name, sockets: 10, requests: 1_000, path, accept }
}

/** What is a picture by its first bytes. */
function jpegOf(bytes: number): Buffer {
  const picture = Buffer.alloc(bytes, 1)
  picture.write('ffd8ffe0', 'hex')
  return picture
}
