/** Random logs of all four rules for the evaluation: campaigns with few and with many converted banners, and bad rows. */
import { DATASETS } from '../../../contract/schema.ts'
import { csv, type InputFiles } from '../builds.ts'
import { seededRandom } from '../seeded-random.ts'

/** What a kind of campaign has: candidates, clicks a banner, conversions a click, impressions a banner. */
interface Kind {
  readonly banners: number
  readonly clicks: number
  readonly rate: number
  readonly impressions: number
  /** Share of banners without impressions. */
  readonly unshown?: number
  readonly revenues?: readonly string[]
}

/** Sums tie (0.25 + 0.25 and 0.5), 0 is converted, the last two round, and one is enormous. */
const REVENUES = ['0', '0.25', '0.5', '0.75', '1.000001', '2.5', '0.2499995', '0.0000009', '37.25']
const LEVEL_REVENUES = ['0.5', '1']

/** Rules 1 to 4, their borders, and what a number cannot be had of. */
const KINDS: readonly Kind[] = [
  { banners: 30, clicks: 20, rate: 0.1, impressions: 60 },
  { banners: 25, clicks: 30, rate: 0.3, impressions: 40, unshown: 0.2 },
  { banners: 13, clicks: 6, rate: 0.3, impressions: 12, revenues: LEVEL_REVENUES },
  { banners: 11, clicks: 6, rate: 0.25, impressions: 12 },
  { banners: 9, clicks: 8, rate: 0.2, impressions: 20, unshown: 0.3 },
  { banners: 12, clicks: 5, rate: 0.1, impressions: 20 },
  { banners: 12, clicks: 3, rate: 0.05, impressions: 9, unshown: 0.5 },
  { banners: 8, clicks: 4, rate: 0, impressions: 10 },
  { banners: 7, clicks: 0.4, rate: 0.5, impressions: 3 },
  { banners: 6, clicks: 5, rate: 0.3, impressions: 10, revenues: ['0'] },
  { banners: 8, clicks: 6, rate: 0.3, impressions: 10, unshown: 1 },
  { banners: 5, clicks: 6, rate: 0.3, impressions: 10 },
  { banners: 1, clicks: 5, rate: 0.4, impressions: 10 },
  { banners: 4, clicks: 2, rate: 1, impressions: 2 },
]

type Tables = Record<'impressions' | 'clicks' | 'conversions', string[]>

/** Makes the files of an input folder. */
export function makeRandomLogs(seed: number): InputFiles {
  const random = seededRandom(seed)
  const files: Record<string, string> = {}
  for (const dataset of DATASETS) {
    const tables: Tables = { impressions: [], clicks: [], conversions: [] }
    for (const [index, kind] of KINDS.entries()) addCampaign(tables, index + 1, { kind, random })
    addBadRows(tables)
    files[`${dataset}/impressions.csv`] = csv('banner_id,campaign_id', tables.impressions)
    files[`${dataset}/clicks.csv`] = csv('click_id,banner_id,campaign_id', tables.clicks)
    const header = 'conversion_id,click_id,revenue'
    files[`${dataset}/conversions.csv`] = csv(header, tables.conversions)
  }
  return files
}

function addCampaign(
  tables: Tables,
  campaign: number,
  { kind, random }: { kind: Kind; random: () => number },
): void {
  const { banners, unshown = 0, revenues = REVENUES } = kind
  for (let banner = 1; banner <= banners; banner += 1) {
    const pair = `${banner},${campaign}`
    const shown = random() < unshown ? 0 : 1 + Math.floor(random() * kind.impressions * 2)
    for (let count = 0; count < shown; count += 1) tables.impressions.push(pair)
    const clicks = Math.floor(random() * kind.clicks * 2)
    for (let count = 0; count < clicks; count += 1) {
      const click = tables.clicks.length + 1
      tables.clicks.push(`${click},${pair}`)
      // Now and then a click has two conversions.
      const conversions = random() < kind.rate ? (random() < 0.2 ? 2 : 1) : 0
      for (let conversion = 0; conversion < conversions; conversion += 1) {
        const revenue = revenues[Math.floor(random() * revenues.length)] ?? '0'
        tables.conversions.push(`${tables.conversions.length + 1},${click},${revenue}`)
      }
    }
  }
}

/** Rows that a build leaves out: a repeat and a conflict of each log with ids, and an orphan. */
function addBadRows({ clicks, conversions }: Tables): void {
  const [firstClick = ''] = clicks
  const [firstConversion = '', secondConversion = ''] = conversions
  clicks.push(firstClick, `${clicks.length},99,1`)
  conversions.push(firstConversion, `${secondConversion.split(',')[0]},1,9.5`, '900000,900000,1')
}
