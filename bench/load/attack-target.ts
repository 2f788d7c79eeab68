/** A server under attack: a process of its own, of any version of this program. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../scripts/lib/ports.ts'

/** It answers nothing, though it runs or has ended. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
}

/** Where to ask, and what it took. */
export interface Target {
  readonly port: number
  readonly opsPort: number
  /** The most memory that it has had, in bytes. */
  readonly peakBytes: () => Promise<number>
  /** Processor time so far, in milliseconds: unlike a wait, it does not grow with what else the machine does. */
  readonly busyMs: () => Promise<number>
}

/** How it is started. */
export interface TargetOptions {
  /** A checkout with its modules. */
  readonly root: string
  readonly artifacts: string
  readonly images: string
  /** Every line of the log fails to be written. */
  readonly hasFullLog: boolean
}

const START_MS = 60_000

/** Milliseconds after SIGTERM; then it is killed. */
const STOP_MS = 20_000

/**
 * Runs `fn` with a server.
 *
 * @returns Milliseconds that it took to stop; undefined: it had to be killed.
 * @throws {NoAnswer} If it answers nothing for a minute after its start.
 */
export async function withTarget(
  options: TargetOptions,
  fn: (target: Target) => Promise<void>,
): Promise<number | undefined> {
  const [port, opsPort] = [await freePort(), await freePort()]
  const child = startServer(options, port, opsPort)
  try {
    await waitFor(port, '/campaigns/12')
    await waitFor(opsPort, '/livez')
    const busyMs = () => readBusy(child)
    await fn({ port, opsPort, peakBytes: () => readPeak(child), busyMs })
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
  return stop(child)
}

function startServer(
  { root, artifacts, images, hasFullLog }: TargetOptions,
  port: number,
  opsPort: number,
): ChildProcess {
  const log = openSync(hasFullLog ? '/dev/full' : '/dev/null', 'w')
  const flags = ['--artifacts', artifacts, '--images', images]
  const ports = ['--port', `${port}`, '--ops-port', `${opsPort}`]
  const words = ['--import', 'tsx', 'server/main.ts', ...flags, ...ports]
  const child = spawn(process.execPath, hasFullLog ? [...words, '--access-log'] : words, {
    cwd: root,
    stdio: ['ignore', log, log],
    env: { PATH: process.env.PATH },
  })
  closeSync(log)
  return child
}

async function waitFor(port: number, path: string): Promise<void> {
  const startMs = performance.now()
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined)
    await response?.arrayBuffer()
    if (response !== undefined) return
    if (performance.now() - startMs > START_MS) throw new NoAnswer('the server answers nothing')
    await sleep(200)
  }
}

async function readPeak({ pid }: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) * 1_024
}

/** The kernel counts in hundredths of a second. */
async function readBusy({ pid }: ChildProcess): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

async function stop(child: ChildProcess): Promise<number | undefined> {
  const startMs = performance.now()
  if (child.exitCode !== null || child.signalCode !== null) return undefined
  const ended = once(child, 'exit').then(() => true)
  child.kill('SIGTERM')
  if (await Promise.race([ended, sleep(STOP_MS, false)])) return performance.now() - startMs
  child.kill('SIGKILL')
  await ended
  return undefined
}
