/** Logs that grow as live ones do: whole lines, halves of lines, repeats, conflicts, orphans, in any order. */
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Names of the files that grow, the segment of a day among them. */
const NAMES = ['a', 'b', '2026-11-25_web-1']

const HEADERS = {
  impressions: 'banner_id,campaign_id',
  clicks: 'click_id,banner_id,campaign_id',
  conversions: 'conversion_id,click_id,revenue',
} as const

type Table = keyof typeof HEADERS

/** The files as they are before the first line. */
export function emptyLogs(): Record<string, string> {
  const files: Record<string, string> = {}
  for (const dataset of [1, 2, 3, 4]) {
    for (const [table, header] of Object.entries(HEADERS)) {
      for (const name of NAMES) {
        const event = name.includes('web') ? 'event,' : ''
        files[`${dataset}/${table}_${name}.csv`] = `${event}${header}\n`
      }
    }
  }
  return files
}

/** A writer, running. */
export interface LogWriter {
  readonly lines: () => number
  /** Ends it, the last line whole. */
  stop(): Promise<void>
}

/**
 * Appends random lines until it is stopped.
 *
 * @param random - Between 0 and 1.
 * @param pauseMs - Between two appends.
 */
export function startWriter(input: string, random: () => number, pauseMs: number): LogWriter {
  let isStopped = false
  let lines = 0
  const upTo = (most: number) => 1 + Math.floor(random() * most)
  async function run(): Promise<void> {
    while (!isStopped) {
      const table = (['impressions', 'clicks', 'conversions'] as const)[upTo(3) - 1] ?? 'clicks'
      const name = NAMES[upTo(NAMES.length) - 1] ?? 'a'
      const path = join(input, `${upTo(4)}/${table}_${name}.csv`)
      const count = upTo(30)
      const rows = Array.from({ length: count }, (_, index) => {
        const event = name.includes('web') ? `r:${lines + index},` : ''
        return `${event}${makeRow(table, upTo)}\n`
      })
      const text = rows.join('')
      const cut = upTo(text.length) - 1
      await appendFile(path, text.slice(0, cut))
      await sleep(random() * pauseMs)
      await appendFile(path, text.slice(cut))
      lines += count
      await sleep(random() * pauseMs)
    }
  }
  const running = run()
  return {
    lines: () => lines,
    async stop() {
      isStopped = true
      await running
    },
  }
}

/** One in thirty has another content than its id had, is an orphan, or is no row. */
function makeRow(table: Table, upTo: (most: number) => number): string {
  const isOdd = upTo(30) === 1
  const id = upTo(5_000)
  const campaign = isOdd ? 1_000 + upTo(5) : 1 + (id % 20)
  if (isOdd && upTo(4) === 1) return 'x,1,2'
  if (table === 'impressions') return `${upTo(40)},${campaign}`
  if (table === 'clicks') return `${id},${isOdd ? upTo(40) : 1 + (id % 40)},${campaign}`
  return `${id},${isOdd ? upTo(9_000) : id},${isOdd ? upTo(3) : id % 7}.5`
}
