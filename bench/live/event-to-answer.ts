/**
 * From a line that is written to an HTTP answer that can only come from it: a click of a campaign that nobody knew, asked
 * for until the server knows it. A follower and a server as processes of their own, lines of 50 campaigns × 401 banners
 * beside it at a rate.
 *
 *     npx tsx bench/live/event-to-answer.ts [LINES_A_SECOND] [SECONDS] [CAMPAIGNS] [BANNERS] [FIRST_LINES]
 *
 * All of 10,000 campaigns change all the time: `10000 20 10000 40 400000`. A million pools, of which one in a hundred is
 * touched a second: `10000 20 250000 4 4000000` (a campaign is one in each of four datasets).
 */
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { withTemporaryFolder } from '../../pipeline/base/temporary-folder.ts'
import { freePort } from '../../scripts/lib/ports.ts'
import { describeMachine } from '../document.ts'
import { appendRows, beginLogs, type LogWorld } from './lines.ts'
import {
  formatWaits,
  killPrograms,
  measureWaits,
  readCpu,
  startProgram,
  startServer,
  untilPublished,
  type Waits,
} from './programs.ts'

const [rate = 1_000, seconds = 20, campaigns = 50, banners = 401, firstLines = 20_000] =
  process.argv.slice(2).map(Number)

/** Milliseconds between two appends. */
const APPEND_MS = 25

await withTemporaryFolder(async (folder) => {
  const [input, out] = [join(folder, 'in'), join(folder, 'out')]
  const world = { input, campaigns, banners }
  await beginLogs(world)
  await appendRows(world, firstLines, 0)
  const words = ['follow', '--input', input, '--out', out, '--ops-port', 'off']
  const follower = startProgram('pipeline/main.ts', words)
  try {
    await untilPublished(out, follower)
    const server = await startServer(out, await freePort())
    const both = [follower, server.process]
    let before: number[] = []
    const waits = await measure(world, server.url, async () => {
      before = await Promise.all(both.map(readCpu))
    })
    const after = await Promise.all(both.map(readCpu))
    const [ofFollower, ofServer] = after.map((value, nth) =>
      Math.round(((value - (before[nth] ?? 0)) / seconds) * 100),
    )
    console.log(describeMachine())
    console.log(
      `${rate} lines/s, ${campaigns} campaigns x ${banners} banners, ${formatWaits(waits)}; ` +
        `processor: follower ${ofFollower} %, server ${ofServer} % of a core`,
    )
  } finally {
    await killPrograms()
  }
})

async function measure(world: LogWorld, url: string, onBegin: () => Promise<void>): Promise<Waits> {
  const startMs = performance.now()
  let isDone = false
  const writing = (async () => {
    let written = 0
    while (!isDone) {
      const due = Math.floor(((performance.now() - startMs) / 1_000) * rate) - written
      await appendRows(world, due, firstLines + written)
      written += due
      await sleep(APPEND_MS)
    }
  })()
  const path = join(world.input, '1/clicks_2026-11-25_bench-1.csv')
  const write = (campaign: number) =>
    appendFile(path, `p:${campaign},${1_000_000_000 + campaign},1,${campaign}\n`)
  const waits = await measureWaits(url, seconds, { write, onBegin })
  isDone = true
  await writing
  return waits
}
