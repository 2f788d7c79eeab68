/** Compares what visitors were told with what the logs have: nothing lost, nothing twice. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Acknowledged } from './visitors.ts'

/** Of impressions, clicks and conversions. */
export interface Account {
  readonly acknowledged: number
  readonly written: number
  /** Acknowledged, and not in the logs. */
  readonly lost: number
  /** More than once in the logs. */
  readonly doubled: number
}

const DATASETS = ['1', '2', '3', '4']

/**
 * Reads all segments of a folder of `--collect`.
 *
 * An impression has no number that its visitor knows: as many as were acknowledged must be there. Those that were written
 * just before a kill, and never acknowledged, make it some more.
 */
export async function readAccounts(folder: string, acknowledged: Acknowledged) {
  const [impressions, clicks, conversions] = await Promise.all([
    readKeys(folder, 'impressions', 'event'),
    readKeys(folder, 'clicks', 'click_id'),
    readKeys(folder, 'conversions', 'conversion_id'),
  ])
  return {
    impressions: {
      acknowledged: acknowledged.impressions,
      written: impressions.length,
      lost: Math.max(0, acknowledged.impressions - impressions.length),
      doubled: countDoubled(impressions),
    },
    clicks: compare(clicks, acknowledged.clickIds),
    conversions: compare(conversions, acknowledged.conversionIds),
  } as const satisfies Readonly<Record<string, Account>>
}

function compare(written: readonly string[], acknowledged: readonly string[]): Account {
  const known = new Set(written)
  return {
    acknowledged: acknowledged.length,
    written: written.length,
    lost: acknowledged.filter((key) => !known.has(key)).length,
    doubled: countDoubled(written),
  }
}

function countDoubled(keys: readonly string[]): number {
  return keys.length - new Set(keys).size
}

/** Values of one column in all segments of a table. */
async function readKeys(folder: string, table: string, column: string): Promise<string[]> {
  const keys: string[] = []
  for (const dataset of DATASETS) {
    for (const name of await readdir(join(folder, dataset))) {
      if (!name.startsWith(`${table}_`) || !name.includes('collect')) continue
      const bytes = await readFile(join(folder, dataset, name))
      const [head = '', ...lines] = String(name.endsWith('.gz') ? gunzipSync(bytes) : bytes)
        .trimEnd()
        .split('\n')
      const place = head.split(',').indexOf(column)
      for (const line of lines) keys.push(line.split(',')[place] ?? '')
    }
  }
  return keys
}
