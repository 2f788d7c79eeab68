/**
 * A flood of clicks on one campaign while a guard is on: no change touches its pool, and a line of another campaign is
 * published as fast as before.
 *
 *     npx tsx bench/events/flood.ts [--seconds 20] [--rate 10000]       and 75 s before, in which the guard learns
 */
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { readGuarded } from '../../contract/guarded.ts'
import { withTemporaryFolder } from '../../pipeline/base/temporary-folder.ts'
import { findState } from '../../scripts/lib/published-state.ts'
import { killPrograms, startProgram, untilPublished } from '../live/programs.ts'

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    rate: { type: 'string', default: '10000' },
  },
})
const [SECONDS, RATE] = [Number(flags.seconds), Number(flags.rate)]
const LEARN_MS = 65_000
const BEFORE_MS = 10_000
const STEP_MS = 50
const PATIENCE_MS = 60_000
/** Flooded, and the one that must go on. */
const [FLOODED, OTHER] = [1, 2]

await withTemporaryFolder(async (folder) => {
  const [input, out] = [join(folder, 'in'), join(folder, 'out')]
  await writeLogs(input)
  const words = ['follow', '--input', input, '--out', out, '--guard', '10', '--ops-port', 'off']
  const follower = startProgram('pipeline/main.ts', [...words, '--build-every', '3600'])
  try {
    await untilPublished(out, follower)
    const first = await findState(out)
    await probeFor(input, out, LEARN_MS)
    const before = await probeFor(input, out, BEFORE_MS)
    let isOver = false
    const flooding = flood(input).finally(() => {
      isOver = true
    })
    const during = await probeFor(input, out, Number.POSITIVE_INFINITY, () => isOver)
    const clicks = await flooding
    const guarded = (await readGuarded(out)) ?? []
    const touched = await listTouched(out, first ?? '')
    console.log(
      `${clicks} clicks in ${SECONDS} s on campaign ${FLOODED}; guarded: ${JSON.stringify(guarded)}`,
    )
    console.log(
      `changes of campaign ${FLOODED}: ${touched.filter((ids) => ids.includes(FLOODED)).length} of ${touched.length}`,
    )
    console.log(
      `a line of campaign ${OTHER} is published: before ${describe(before)}; in the flood ${describe(during)}`,
    )
  } finally {
    await killPrograms()
  }
})

async function writeLogs(input: string): Promise<void> {
  await mkdir(join(input, '1'), { recursive: true })
  const rows = [FLOODED, OTHER].flatMap((campaign) =>
    Array.from({ length: 20 }, (_, i) => ({ campaign, banner: campaign * 100 + i })),
  )
  const write = (table: string, header: string, lines: readonly string[]) =>
    writeFile(join(input, `1/${table}.csv`), `${[header, ...lines].join('\n')}\n`)
  const impressions = rows.flatMap(({ campaign, banner }) =>
    Array(50).fill(`${banner},${campaign}`),
  )
  await write('impressions', 'banner_id,campaign_id', impressions)
  const clicks = rows.map(({ campaign, banner }) => `${banner},${banner},${campaign}`)
  await write('clicks', 'click_id,banner_id,campaign_id', clicks)
  const conversions = rows.map(({ banner }) => `${banner},${banner},1`)
  await write('conversions', 'conversion_id,click_id,revenue', conversions)
}

/** @returns Clicks that were written: all on the last banner of the campaign. */
async function flood(input: string): Promise<number> {
  const startMs = performance.now()
  let written = 0
  while (written < SECONDS * RATE) {
    const due = Math.min(SECONDS * RATE, ((performance.now() - startMs) / 1_000) * RATE)
    let lines = ''
    for (; written < due; written++)
      lines += `${1_000_000 + written},${FLOODED * 100 + 19},${FLOODED}\n`
    await appendFile(join(input, '1/clicks.csv'), lines)
    await sleep(STEP_MS)
  }
  return written
}

/** Writes a line of the other campaign again and again. */
async function probeFor(
  input: string,
  out: string,
  ms: number,
  isOver: () => boolean = () => false,
): Promise<number[]> {
  const waits: number[] = []
  const endMs = performance.now() + ms
  while (performance.now() < endMs && !isOver()) {
    const before = (await findState(out)) ?? ''
    const startMs = performance.now()
    await appendFile(join(input, '1/impressions.csv'), `${OTHER * 100},${OTHER}\n`)
    while (!(await listTouched(out, before)).some((ids) => ids.includes(OTHER))) {
      if (performance.now() - startMs > PATIENCE_MS) throw new Error('a line is not published')
      await sleep(5)
    }
    waits.push(performance.now() - startMs)
    await sleep(STEP_MS)
  }
  return waits
}

/** Campaigns of each change since a state of the same build. */
async function listTouched(out: string, since: string): Promise<number[][]> {
  const [id = '', from = '0'] = since.split('+')
  const [now = '', to = '0'] = ((await findState(out)) ?? '').split('+')
  if (now !== id) throw new Error('a build came between')
  const touched: number[][] = []
  for (let n = Number(from) + 1; n <= Number(to); n++) {
    const text = await readFile(join(out, 'live', id, String(n), 'change.json'), 'utf8')
    const change = JSON.parse(text) as { touched: { campaign_ids: number[] }[] }
    touched.push(change.touched.flatMap(({ campaign_ids }) => campaign_ids))
  }
  return touched
}

function describe(ms: number[]): string {
  ms.sort((a, b) => a - b)
  const at = (share: number) => `${Math.round(ms[Math.floor(share * (ms.length - 1))] ?? 0)} ms`
  return `p50 ${at(0.5)}, p99 ${at(0.99)}, greatest ${at(1)} of ${ms.length}`
}
