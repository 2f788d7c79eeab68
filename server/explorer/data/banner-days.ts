/** In how many pools a banner was on earlier days, over all campaigns, from the history. Runs in the thread of details.ts. */
import { dirname, join } from 'node:path'
import {
  HISTORY_FOLDER,
  type History,
  type HistoryFile,
  listHistoryFiles,
} from '../../../contract/history.ts'
import { ArtifactError } from '../../../contract/read.ts'
import { DATASETS } from '../../../contract/schema.ts'
import type { RowGroup } from '../../parquet/footer.ts'
import type { ParquetTable } from '../../parquet/table.ts'
import { TEXTS, type ValueKind } from '../../parquet/values.ts'
import { type BannerFigures, readBannerFigures, readHistoryList } from './history.ts'
import { findBuildsFolder } from './kept-builds.ts'
import { listsWith } from './list-search.ts'
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
  /** What it earned, and how: days on which that changed, the oldest first. */
  readonly figures: readonly BannerFigures[]
  /** The oldest first. */
  readonly days: readonly BannerDay[]
  /** The history has so many rows that no page searches them: `days` is empty. */
  readonly isTooLarge: boolean
  /** Files that are damaged or gone: days may be missing. */
  readonly losses: readonly string[]
}

/** Rows. A million of them take about a second. */
const MAX_ROWS = 20_000_000

/** Finds the days on which a banner entered or left pools. */
export async function findBannerDays(folder: string, bannerId: number): Promise<BannerDays> {
  const { rows: figures, losses } = await readBannerFigures(folder, bannerId)
  const turnover = await findTurnover(folder, bannerId)
  return { ...turnover, figures, losses: [...new Set([...losses, ...turnover.losses])] }
}

async function findTurnover(
  folder: string,
  bannerId: number,
): Promise<Omit<BannerDays, 'figures'>> {
  const builds = findBuildsFolder(folder)
  const artifacts = builds === undefined ? undefined : dirname(builds)
  const history = artifacts === undefined ? undefined : await readHistoryList(artifacts)
  if (artifacts === undefined || history === undefined || history === 'damaged') {
    return { days: [], isTooLarge: false, losses: [] }
  }
  const files = chooseFiles(history)
  const rows = files.reduce((sum, { listed }) => sum + listed.rows, 0)
  if (rows > MAX_ROWS) return { days: [], isTooLarge: true, losses: [] }
  const [first] = listHistoryFiles(history, 'campaigns')
  const losses: string[] = []
  const places = new BannerPools(bannerId, first?.period ?? '')
  for (const { listed } of files) {
    const place = { folder: join(artifacts, HISTORY_FOLDER), listed }
    try {
      await withParquet(place, async (table) => {
        for (const group of table.groups) await places.add(table, group)
      })
    } catch (error) {
      if (!(error instanceof ArtifactError) || error.fault === 'unreadable') throw error
      losses.push(listed.file)
    }
  }
  return { days: places.describe(), isTooLarge: false, losses }
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
  readonly #isNamed: ValueKind<boolean>
  readonly #firstPeriod: string
  /** Campaigns by dataset. */
  readonly #have = Array.from({ length: DATASETS.length + 1 }, () => new Set<number>())
  /** By day. */
  readonly #changes = new Map<string, { entered: number; left: number }>()
  #before = 0

  constructor(bannerId: number, firstPeriod: string) {
    this.#isNamed = listsWith(bannerId)
    this.#firstPeriod = firstPeriod
  }

  async add(table: ParquetTable, group: RowGroup): Promise<void> {
    const count = group.end - group.start
    const isThere = new Uint8Array(count)
    await table.readColumn(group, { name: 'banner_ids', kind: this.#isNamed }, (row, value) => {
      isThere[row] = Number(value)
    })
    const changed = await this.#findChanges(table, group, isThere)
    if (changed.length === 0) return
    const days: string[] = []
    const rows = changed.map(({ row }) => row)
    await table.readColumn(group, { name: 'day', kind: TEXTS, rows }, (_, value) => {
      days.push(value)
    })
    for (const [place, { isIn }] of changed.entries()) this.#count(days[place] ?? '', isIn)
  }

  /** Rows after which a pool has the banner that had it not, or the other way round. */
  async #findChanges(
    table: ParquetTable,
    group: RowGroup,
    isThere: Uint8Array,
  ): Promise<{ row: number; isIn: boolean }[]> {
    if (!isThere.includes(1) && this.#have.every(({ size }) => size === 0)) return []
    const campaigns = new Float64Array(isThere.length)
    const datasets = new Float64Array(isThere.length)
    await table.readNumbers(group, 'campaign_id', campaigns)
    await table.readNumbers(group, 'dataset', datasets)
    const changed: { row: number; isIn: boolean }[] = []
    for (let row = 0; row < isThere.length; row++) {
      const have = this.#have[datasets[row] ?? 0]
      const campaign = campaigns[row] ?? 0
      const isIn = isThere[row] === 1
      if (have === undefined || isIn === have.has(campaign)) continue
      if (isIn) have.add(campaign)
      else have.delete(campaign)
      changed.push({ row, isIn })
    }
    return changed
  }

  #count(day: string, isIn: boolean): void {
    // What is known from before the first file is where the history begins.
    if (day < this.#firstPeriod) {
      this.#before += isIn ? 1 : -1
      return
    }
    const change = this.#changes.get(day) ?? { entered: 0, left: 0 }
    change[isIn ? 'entered' : 'left']++
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
