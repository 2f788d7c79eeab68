/** Sample logs that grow: events at a rate, until it is told to stop. */

import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolders } from '../../contract/folders.ts'
import type { Dataset, Table } from '../../contract/schema.ts'
import { PipelineError, withFileErrors } from '../base/errors.ts'
import { createSampleEvents, MAX_RUNS } from './grow-events.ts'
import { openSegments, type Segments } from './grow-segments.ts'

/** What to write, and how fast. */
export interface GrowOptions {
  /** The input folder; made if missing. */
  readonly folder: string
  /** Lines a second. */
  readonly rate: number
  readonly seed: number
  readonly stop: AbortSignal
  /** Time of the day: names the files, and the quarter of the hour that events are of. */
  readonly now: () => Date
  /** Milliseconds from any point on, for the rate. */
  readonly elapsedMs: () => number
  readonly sleep: (ms: number) => Promise<void>
}

/** What was written. */
export interface GrowSummary {
  /** Names the files and the column `event`. */
  readonly writer: string
  readonly seconds: number
  readonly lines: Readonly<Record<Table, number>>
}

/** Milliseconds between two appends to a file. */
const TICK_MS = 50

/** Lines that are caught up with at once: a machine that slept writes no flood. */
const MAX_SECONDS_AT_ONCE = 2

/** Takes the numbers of runs; a dot keeps it out of the input. */
const RUNS_FOLDER = '.sample'

/**
 * Writes events into growing files, as many as are due every 50 ms.
 *
 * @throws {PipelineError} If the folder cannot be written.
 */
export async function growSample(options: GrowOptions): Promise<GrowSummary> {
  const { folder, seed, stop, elapsedMs, sleep } = options
  return withFileErrors(`sample folder cannot be written, choose another: ${folder}`, async () => {
    const run = await takeRun(folder)
    const writer = `sample${run}`
    const next = createSampleEvents(seed, run)
    const segments = openSegments(folder, writer)
    const lines = { impressions: 0, clicks: 0, conversions: 0 }
    const startMs = elapsedMs()
    let [done, count] = [0, 0]
    try {
      while (!stop.aborted) {
        const due = Math.floor(((elapsedMs() - startMs) / 1_000) * options.rate) - done
        done += due
        const most = Math.ceil(options.rate * MAX_SECONDS_AT_ONCE)
        const texts: Record<Table, string> = { impressions: '', clicks: '', conversions: '' }
        for (let nth = Math.min(due, most); nth > 0; nth--) {
          const { table, line } = next()
          texts[table] += `${writer}:${++count},${line}\n`
          lines[table]++
        }
        await appendAll(segments, texts, options.now())
        await sleep(TICK_MS)
      }
    } finally {
      await segments.close()
    }
    return { writer, seconds: (elapsedMs() - startMs) / 1_000, lines }
  })
}

async function appendAll(
  segments: Segments,
  texts: Readonly<Record<Table, string>>,
  now: Date,
): Promise<void> {
  const day = now.toISOString().slice(0, 10)
  const dataset = (Math.floor(now.getUTCMinutes() / 15) + 1) as Dataset
  // Clicks before conversions: who reads in between has no orphan.
  for (const table of ['impressions', 'clicks', 'conversions'] as const) {
    if (texts[table] !== '') await segments.append({ dataset, table, day }, texts[table])
  }
}

/** The first number that no other run has. */
async function takeRun(folder: string): Promise<number> {
  const runs = join(folder, RUNS_FOLDER)
  await makeFolders(runs)
  for (let run = 0; run < MAX_RUNS; run++) {
    const handle = await open(join(runs, String(run)), 'wx').catch((error) => {
      if (error.code !== 'EEXIST') throw error
    })
    if (handle === undefined) continue
    await handle.close()
    return run
  }
  throw new PipelineError(`all ${MAX_RUNS} runs are taken, choose another folder: ${folder}`)
}
