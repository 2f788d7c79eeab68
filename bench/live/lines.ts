/** Logs that grow: twelve files of four datasets, of campaigns and banners at random. */
import { appendFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'

const HEADERS = {
  impressions: 'event,banner_id,campaign_id\n',
  clicks: 'event,click_id,banner_id,campaign_id\n',
  conversions: 'event,conversion_id,click_id,revenue\n',
} as const
type Table = keyof typeof HEADERS
const TABLES = ['impressions', 'clicks', 'conversions'] as const
/** Of the lines. */
const SHARES = { impressions: 0.75, clicks: 0.2, conversions: 0.05 }
/** Lines that are made before they are written. */
const AT_ONCE = 500_000

/** What lines are about. */
export interface LogWorld {
  readonly input: string
  readonly campaigns: number
  readonly banners: number
}

/** Makes the files, with their headers. */
export async function beginLogs({ input }: LogWorld): Promise<void> {
  for (const dataset of [1, 2, 3, 4]) await mkdir(join(input, String(dataset)), { recursive: true })
  await forAll((path, table) => appendFile(join(input, path), HEADERS[table]))
}

/** Appends lines: three quarters impressions, a fifth clicks, the rest conversions. @param from - Lines before. */
export async function appendRows(world: LogWorld, count: number, from: number): Promise<void> {
  for (let done = 0; done < count; done += AT_ONCE) {
    await appendSome(world, Math.min(AT_ONCE, count - done), from + done)
  }
}

async function appendSome({ input, campaigns, banners }: LogWorld, count: number, from: number) {
  await forAll(async (path, table, dataset) => {
    const rows = Math.round((count * SHARES[table]) / 4)
    let text = ''
    for (let row = 0; row < rows; row += 1) {
      const id = (from + row) * 4 + dataset
      const campaign = 1 + Math.floor(Math.random() * campaigns)
      const banner = 1 + Math.floor(Math.random() * banners)
      if (table === 'impressions') text += `0:${id},${banner},${campaign}\n`
      else if (table === 'clicks') text += `0:${id},${id},${banner},${campaign}\n`
      else text += `0:${id},${id},${id},1.25\n`
    }
    if (text !== '') await appendFile(join(input, path), text)
  })
}

async function forAll(fn: (path: string, table: Table, dataset: number) => Promise<void>) {
  for (const dataset of [1, 2, 3, 4]) {
    for (const table of TABLES) {
      await fn(`${dataset}/${table}_2026-11-25_bench-1.csv`, table, dataset)
    }
  }
}
