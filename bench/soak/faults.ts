/** What happens to the programs while visitors come: one thing after the other, each with its end. */
import { execFile } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Ask } from './client.ts'
import { findChildren } from './process-figures.ts'
import type { Program } from './programs.ts'

const run = promisify(execFile)
const POOLS = fileURLToPath(new URL('../../bin/pools.mjs', import.meta.url))

/** Milliseconds after which a denied banner must not be shown; it takes one second. */
const DENIED_MS = 3_000
const HELD_MS = 15_000
const FULL_MS = 15_000
const FLOOD_MS = 10_000
const FLOOD_SOCKETS = 200

/** The stage of a soak, as faults change it and visitors take it into account. */
export interface Stage {
  /** Holds logs, artifacts and events; a file system of its own, if it may be filled. */
  readonly disk: string
  readonly artifacts: string
  readonly canFillDisk: boolean
  readonly port: number
  readonly ask: Ask
  readonly follower: Program
  readonly server: Program
  /** Until when requests may stay without an answer, as of `performance.now()`. */
  interruptedUntilMs: number
  isDiskFull: boolean
  denied: ReadonlySet<number>
}

/** One thing that happens. */
export interface Fault {
  readonly name: string
  /** Ends a process, so that its memory begins anew. */
  readonly kills: boolean
  readonly happen: (stage: Stage) => Promise<void>
}

/** In the order in which they happen, again and again. */
export const FAULTS: readonly Fault[] = [
  { name: 'denylist', kills: false, happen: denyBanner },
  { name: 'follower killed', kills: true, happen: killFollower },
  { name: 'rollback, release', kills: false, happen: rollBack },
  { name: 'worker killed', kills: true, happen: killWorker },
  { name: 'disk full', kills: false, happen: fillDisk },
  { name: 'server killed', kills: true, happen: (stage) => endServer(stage, 'SIGKILL') },
  { name: 'readers that do not read', kills: false, happen: flood },
  { name: 'server stopped', kills: true, happen: (stage) => endServer(stage, 'SIGTERM') },
  { name: 'looks for a build at once (SIGHUP)', kills: false, happen: reload },
]

/** Waits until the server answers again, and some more for connections that were just cut. */
export async function waitForServer(stage: Stage): Promise<void> {
  stage.interruptedUntilMs = Number.POSITIVE_INFINITY
  while ((await stage.ask({ path: '/campaigns/1' })).status === 0) await sleep(100)
  stage.interruptedUntilMs = performance.now() + 2_000
}

async function denyBanner(stage: Stage): Promise<void> {
  const banner = await findShownBanner(stage)
  if (banner === undefined) return
  await publishDenylist(stage, `banner ${banner}\n`)
  await sleep(DENIED_MS)
  stage.denied = new Set([banner])
  await sleep(HELD_MS)
  stage.denied = new Set()
  await publishDenylist(stage, '')
}

async function findShownBanner({ ask }: Stage): Promise<number | undefined> {
  const { status, body } = await ask({ path: '/campaigns/12' })
  return status === 200 ? (JSON.parse(body) as { banner_id: number }).banner_id : undefined
}

async function publishDenylist({ disk, artifacts }: Stage, text: string): Promise<void> {
  const path = join(disk, 'denylist.txt')
  await writeFile(path, text)
  await pools('deny', path, '--artifacts', artifacts)
}

async function rollBack({ artifacts }: Stage): Promise<void> {
  await pools('rollback', '--artifacts', artifacts)
  await sleep(HELD_MS)
  await pools('release', '--artifacts', artifacts)
}

async function killFollower({ follower }: Stage): Promise<void> {
  follower.end('SIGKILL')
}

/** Requests on its connections are cut off; the other worker goes on. */
async function killWorker(stage: Stage): Promise<void> {
  const [worker] = await findChildren(stage.server.pid)
  if (worker === undefined) return
  stage.interruptedUntilMs = performance.now() + 3_000
  process.kill(worker, 'SIGKILL')
}

async function endServer(stage: Stage, signal: NodeJS.Signals): Promise<void> {
  stage.interruptedUntilMs = Number.POSITIVE_INFINITY
  const { pid } = stage.server
  stage.server.end(signal)
  while (stage.server.pid === pid) await sleep(50)
  await waitForServer(stage)
}

async function fillDisk(stage: Stage): Promise<void> {
  if (!stage.canFillDisk) return
  const ballast = join(stage.disk, 'ballast')
  stage.isDiskFull = true
  // It ends with the fault that there is no room left, which is the aim.
  await run('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=1M']).catch(() => undefined)
  await sleep(FULL_MS)
  await rm(ballast)
  // The collector looks every second, the follower within five.
  await sleep(5_000)
  stage.isDiskFull = false
}

async function flood({ port }: Stage): Promise<void> {
  const asked = 'GET /explorer/campaigns.json HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(50)
  const sockets = Array.from({ length: FLOOD_SOCKETS }, () => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.pause()
    socket.write(asked)
    return socket
  })
  await sleep(FLOOD_MS)
  for (const socket of sockets) socket.destroy()
}

async function reload({ server }: Stage): Promise<void> {
  if (server.pid !== undefined) process.kill(server.pid, 'SIGHUP')
}

/** A command that fails, as on a full disk, is no fault of the soak: its effect is what visitors see. */
async function pools(...words: string[]): Promise<void> {
  await run(process.execPath, [POOLS, ...words]).catch((error: Error) => {
    console.error(`pools ${words[0]}: ${error.message.split('\n').at(-2) ?? error.message}`)
  })
}
