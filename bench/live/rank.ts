/**
 * What one change costs: ranking all candidates of the campaigns that changed, the checks, and the two Parquet files. Times
 * are of the processor, so that other work on the machine counts little.
 *
 *     npx tsx bench/live/rank.ts [CAMPAIGNS] [BANNERS]
 */
import { withTemporaryFolder } from '../../pipeline/base/temporary-folder.ts'
import { withRanker } from '../../pipeline/live/ranked-change.ts'
import { CountsState } from '../../pipeline/state/state.ts'
import { describeMachine } from '../document.ts'
import { median } from '../statistics.ts'

const [campaigns = 50, banners = 401] = process.argv.slice(2).map(Number)
const ROUNDS = 11

const HEADERS = {
  impressions: 'banner_id,campaign_id\n',
  clicks: 'click_id,banner_id,campaign_id\n',
  conversions: 'conversion_id,click_id,revenue\n',
} as const

/** Each pair is shown, four of five are clicked, and one of five has earned. */
function fillState(): CountsState {
  const state = new CountsState({ renames: [] })
  for (const dataset of [1, 2, 3, 4] as const) {
    const lines: Record<keyof typeof HEADERS, string> = { ...HEADERS }
    for (let pair = 0; pair < campaigns * banners; pair += 1) {
      const names = `${1 + (pair % banners)},${1 + Math.floor(pair / banners)}`
      const id = pair * 4 + dataset
      lines.impressions += `${names}\n`
      if (pair % 5 > 0) lines.clicks += `${id},${names}\n`
      if (pair % 5 === 1) lines.conversions += `${id},${id},${pair % 50}.25\n`
    }
    for (const table of ['impressions', 'clicks', 'conversions'] as const) {
      const bytes = Buffer.from(lines[table])
      state.add({ dataset, table, path: table, firstLine: 1, bytes })
    }
  }
  return state
}

await withTemporaryFolder(async (folder) => {
  const counts = fillState().pairs()
  const options = { seed: 0, threads: 2, memoryLimit: '2GB' }
  const figures = await withRanker(options, async (ranker) => {
    const rounds: { cpuMs: number; wallMs: number }[] = []
    for (let round = 0; round < ROUNDS; round += 1) {
      const [before, startMs] = [process.cpuUsage(), performance.now()]
      await ranker.write(counts, folder)
      const { user, system } = process.cpuUsage(before)
      rounds.push({ cpuMs: (user + system) / 1000, wallMs: performance.now() - startMs })
    }
    return rounds
  })
  const cpuMs = median(figures.map((figure) => figure.cpuMs))
  const wallMs = median(figures.map((figure) => figure.wallMs))
  console.log(describeMachine())
  console.log(
    `${counts.size} candidates: ${cpuMs.toFixed(0)} ms of the processor, ${wallMs.toFixed(0)} ms (medians of ${ROUNDS})`,
  )
})
