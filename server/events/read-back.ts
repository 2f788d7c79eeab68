/** Filling the memory at the start from what lies in the folder: the lines are the only record of what was counted. */
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { DATASETS, type Table } from '../../contract/schema.ts'
import { parseSegmentPath } from '../../contract/segments/name.ts'
import { listDayFiles } from './day-file.ts'
import type { TokenEvent } from './event.ts'
import { type Ledger, parseEvent, parseStored } from './ledger.ts'
import { readLines, readText } from './lines.ts'
import { parseRejected } from './rejected.ts'

/** What is read, and as of when. */
export interface ReadBackOptions {
  /** The folder that is collected into. */
  readonly folder: string
  /** Where what is no log lies. */
  readonly aside: string
  /** Of files that may hold tokens that live still: from this day on. */
  readonly since: string
  readonly nowSeconds: number
}

const LOG = /\.csv(\.gz)?$/i
const DAY = /\d{4}-\d{2}-\d{2}/

/**
 * Reads what the folder has into a memory: impressions before clicks, and clicks before conversions.
 *
 * @throws {NodeJS.ErrnoException} If a file cannot be read.
 */
export async function readBack(ledger: Ledger, options: ReadBackOptions): Promise<void> {
  for (const path of await listLogs(options, 'impressions')) {
    await readTokens(ledger, { path, kind: 'impression' }, options)
  }
  for (const path of await listDayFiles(options.aside, 'viewable', options.since)) {
    await readTokens(ledger, { path, kind: 'view' }, options)
  }
  for (const path of await listLogs(options, 'clicks')) {
    await readTokens(ledger, { path, kind: 'click' }, options)
  }
  // Of other programs, too: an id that is there already must not come a second time.
  for (const path of await listLogs({ ...options, since: '' }, 'conversions')) {
    await readConversions(ledger, path)
  }
  for (const path of await listDayFiles(options.aside, 'rejected', ledger.today.day)) {
    await readRejected(ledger, path)
  }
}

async function listLogs({ folder, since }: ReadBackOptions, table: Table): Promise<string[]> {
  const paths: string[] = []
  for (const dataset of DATASETS) {
    const files = await readdir(join(folder, String(dataset))).catch(() => [])
    for (const file of files.sort()) {
      if (!file.startsWith(table) || !LOG.test(file)) continue
      const name = parseSegmentPath(`${dataset}/${file.replace(/\.gz$/, '')}`)
      if (since === '' || (name !== null && name.day >= since)) {
        paths.push(join(folder, String(dataset), file))
      }
    }
  }
  // A kill between packing and removing leaves both.
  return paths.filter((path) => !paths.includes(`${path}.gz`))
}

async function readTokens(
  ledger: Ledger,
  { path, kind }: { readonly path: string; readonly kind: TokenEvent['kind'] },
  { nowSeconds }: ReadBackOptions,
): Promise<void> {
  const day = findDay(path)
  const columns = ['event', 'banner_id', 'campaign_id', 'click_id']
  await readLines(path, columns, ([event = '', banner, campaign, click]) => {
    const token = parseEvent(event)
    if (token === null) return
    const place = { bannerId: Number(banner), campaignId: Number(campaign) }
    ledger.addToken({ kind, ...token, ...place, clickId: Number(click) }, day, nowSeconds)
  })
}

async function readConversions(ledger: Ledger, path: string): Promise<void> {
  const day = findDay(path)
  await readLines(
    path,
    ['conversion_id', 'click_id', 'revenue'],
    ([id = '', clickId = '', text = '']) => {
      if (!/^\d{1,19}$/.test(id)) return
      const revenue = parseStored(text)
      ledger.addConversion({ conversionId: String(BigInt(id)), clickId, revenue }, day)
    },
  )
}

async function readRejected(ledger: Ledger, path: string): Promise<void> {
  await readText(path, (line) => {
    const event = parseRejected(line)
    if (event !== null) ledger.addRejected(event)
  })
}

function findDay(path: string): string {
  return DAY.exec(basename(path))?.[0] ?? ''
}
