/** Followers and servers as processes of their own, and how long it takes until an answer needs a line. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { findState } from '../../scripts/lib/published-state.ts'
import { formatMs } from '../document.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** Milliseconds between two questions, and between two lines that are waited for. */
const ASK_MS = 5
const PROBE_EVERY_MS = 150
/** Milliseconds in which nothing is measured: the machine code of all programs is made meanwhile. */
const WARM_UP_MS = 5_000
/** Milliseconds in which a program has to start, and a line has to be served. */
const PATIENCE_MS = 120_000

/** Programs that run, by their names. */
const running = new Map<ChildProcess, string>()
process.once('exit', () => {
  for (const child of running.keys()) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

/** Starts a program from its sources. */
export function startProgram(file: string, words: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', file, ...words], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  running.set(child, file)
  child.once('exit', () => running.delete(child))
  return child
}

/** Ends all programs, as a loss of power does. */
export async function killPrograms(): Promise<void> {
  for (const child of [...running.keys()]) {
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
}

/** Waits until a follower has published something. */
export async function untilPublished(out: string, follower: ChildProcess): Promise<void> {
  const startMs = performance.now()
  while ((await findState(out)) === null) {
    if (follower.exitCode !== null) throw new Error(`the follower ended: ${follower.exitCode}`)
    if (performance.now() - startMs > PATIENCE_MS) throw new Error('nothing is published')
    await sleep(50)
  }
}

/** Starts a server of an artifacts folder, and waits for its answer for campaign 1. */
export async function startServer(out: string, port: number): Promise<{ url: string } & Server> {
  const process = startProgram('server/main.ts', [
    ...['--artifacts', out, '--port', String(port), '--ops-port', 'off', '--workers', '1'],
  ])
  const url = `http://127.0.0.1:${port}`
  await untilAnswered(url, 1, () => undefined)
  return { url, process }
}

interface Server {
  readonly process: ChildProcess
}

/** What came of the lines that were waited for. */
export interface Waits {
  /** Ascending. */
  readonly waitsMs: readonly number[]
  /** Answers that are neither a banner nor "unknown campaign", and requests without an answer. */
  readonly errors: number
}

/**
 * Writes a line again and again, and waits each time until the server knows its campaign. The first seconds are not counted.
 *
 * @param write - Writes a click of a campaign that nobody knew, in dataset 1.
 * @param onBegin - Called when counting begins.
 */
export async function measureWaits(
  url: string,
  seconds: number,
  { write, onBegin }: { write: (campaign: number) => Promise<void>; onBegin: () => Promise<void> },
): Promise<Waits> {
  const waitsMs: number[] = []
  let errors = 0
  const probe = async (campaign: number, startMs: number, isCounted: boolean) => {
    await write(campaign)
    await untilAnswered(url, campaign, () => (errors += 1))
    if (isCounted) waitsMs.push(performance.now() - startMs)
  }
  const probes: Promise<void>[] = []
  const beginMs = performance.now() + WARM_UP_MS
  let isBegun = false
  for (let nth = 0; performance.now() < beginMs + seconds * 1_000; nth += 1) {
    const startMs = performance.now()
    if (startMs >= beginMs && !isBegun) {
      isBegun = true
      await onBegin()
    }
    probes.push(probe(FIRST_PROBE + nth, startMs, isBegun))
    await sleep(PROBE_EVERY_MS)
  }
  await Promise.all(probes)
  return { waitsMs: waitsMs.sort((a, b) => a - b), errors }
}

/** Campaigns that no other line names. */
const FIRST_PROBE = 1_000_000

/** Describes them in a line. */
export function formatWaits({ waitsMs, errors }: Waits): string {
  const at = (share: number) =>
    formatMs(waitsMs[Math.ceil(waitsMs.length * share) - 1] ?? Number.NaN)
  return `${waitsMs.length} probes: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms, ${errors} errors`
}

/** Seconds of processor time that a program has used; Linux only. */
export async function readCpu({ pid }: ChildProcess): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}

async function untilAnswered(url: string, campaign: number, onError: () => void): Promise<void> {
  const startMs = performance.now()
  for (;;) {
    const response = await fetch(`${url}/campaigns/${campaign}?dataset=1`, {
      headers: { accept: 'application/json' },
    }).catch(() => null)
    await response?.arrayBuffer()
    if (response?.status === 200) return
    if (response?.status !== 404) onError()
    if (performance.now() - startMs > PATIENCE_MS) throw new Error(`campaign ${campaign}: unknown`)
    await sleep(ASK_MS)
  }
}
