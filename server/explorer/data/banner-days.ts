/** In how many pools a banner was on earlier days, over all campaigns, from the history. Runs in the thread of details.ts. */
import { dirname, join } from 'node:path'
import {
  HISTORY_FOLDER,
  type History,
  type HistoryFile,
  listHistoryFiles,
} from '../../../contract/history.ts'
import { ArtifactError } from '../../../contract/read.ts'
import type { RowGroup } from '../../parquet/footer.ts'
import type { ParquetTable } from '../../parquet/table.ts'
import { NUMBERS, TEXTS } from '../../parquet/values.ts'
import { readHistoryList } from './history.ts'
import { findBuildsFolder } from './kept-builds.ts'
import { withParquet } from './parquet-file.ts'

/** A day on which the banner entered or left a pool, or on which the history begins. */
export interface BannerDay {
  /** 2026-11-30 */
  readonly day: string
  /** Pools that have it at the end of the day. */
  readonly pools: number
  readonly entered: number
  readonly left: number
}

/** Days of a banner. */
export interface BannerDays {
  /** The oldest first. */
  readonly days: readonly BannerDay[]
  /** The history has so many rows that no page searches them: `days` is empty. */
  readonly isTooLarge: boolean
}

/** Rows. A million of them take about a second. */
const MAX_ROWS = 20_000_000

/** Finds the days on which a banner entered or left pools. */
export async function findBannerDays(folder: string, bannerId: number): Promise<BannerDays> {
  const builds = findBuildsFolder(folder)
  const artifacts = builds === undefined ? undefined : dirname(builds)
  const history = artifacts === undefined ? undefined : await readHistoryList(artifacts)
  if (artifacts === undefined || history === undefined || history === 'damaged') {
    return { days: [], isTooLarge: false }
  }
  const files = chooseFiles(history)
  const rows = files.reduce((sum, { listed }) => sum + listed.rows, 0)
  if (rows > MAX_ROWS) return { days: [], isTooLarge: true }
  const [first] = listHistoryFiles(history, 'campaigns')
  const places = new BannerPools(bannerId, first?.period ?? '')
  for (const { listed } of files) {
    const place = { folder: join(artifacts, HISTORY_FOLDER), listed }
    try {
      await withParquet(place, async (table) => {
        for (const group of table.groups) await places.add(table, group)
      })
    } catch (error) {
      // What is damaged is named elsewhere on the page.
      if (!(error instanceof ArtifactError) || error.fault === 'unreadable') throw error
    }
  }
  return { days: places.describe(), isTooLarge: false }
}

/** What was known before the first day that is there, then all days: rows of one campaign come in their order. */
function chooseFiles(history: History): HistoryFile[] {
  return [
    ...listHistoryFiles(history, 'known').slice(-1),
    ...listHistoryFiles(history, 'campaigns'),
  ]
}

/** The pools that have a banner, followed from row to row. */
class BannerPools {
  readonly #bannerId: string
  readonly #firstPeriod: string
  readonly #have = new Set<string>()
  /** By day. */
  readonly #changes = new Map<string, { entered: number; left: number }>()
  #before = 0

  constructor(bannerId: number, firstPeriod: string) {
    this.#bannerId = `,${bannerId},`
    this.#firstPeriod = firstPeriod
  }

  async add(table: ParquetTable, group: RowGroup): Promise<void> {
    const count = group.end - group.start
    const campaigns = new Float64Array(count)
    const datasets = new Uint8Array(count)
    const days: string[] = []
    const isThere: boolean[] = []
    await table.readColumn(group, { name: 'campaign_id', kind: NUMBERS }, (row, value) => {
      campaigns[row] = value
    })
    await table.readColumn(group, { name: 'dataset', kind: NUMBERS }, (row, value) => {
      datasets[row] = value
    })
    await table.readColumn(group, { name: 'day', kind: TEXTS }, (row, value) => {
      days[row] = value
    })
    await table.readColumn(group, { name: 'banner_ids', kind: TEXTS }, (row, value) => {
      isThere[row] = `,${value},`.includes(this.#bannerId)
    })
    for (let row = 0; row < count; row++) {
      this.#addRow(`${datasets[row]} ${campaigns[row]}`, days[row] ?? '', isThere[row] === true)
    }
  }

  #addRow(pool: string, day: string, isThere: boolean): void {
    const wasThere = this.#have.has(pool)
    if (isThere === wasThere) return
    if (isThere) this.#have.add(pool)
    else this.#have.delete(pool)
    // What is known from before the first file is where the history begins.
    if (day < this.#firstPeriod) {
      this.#before += isThere ? 1 : -1
      return
    }
    const change = this.#changes.get(day) ?? { entered: 0, left: 0 }
    change[isThere ? 'entered' : 'left']++
    this.#changes.set(day, change)
  }

  describe(): BannerDay[] {
    let pools = this.#before
    return [...this.#changes]
      .sort(([one], [other]) => one.localeCompare(other))
      .map(([day, { entered, left }]) => {
        pools += entered - left
        return { day, pools, entered, left }
      })
  }
}
