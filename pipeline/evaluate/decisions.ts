/**
 * Impressions with the probability that their banner was chosen with, as a server that explores keeps them
 * (`<input>/.collect/decisions-<day>.parquet`, `.csv` of the day that is not over), and what each earned: its click is the line with the same `event`.
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { DATASETS } from '../../contract/schema.ts'
import { quotedString, readRows } from '../base/database.ts'
import { isInWindow, type Window } from '../input/window.ts'
import { FOLDS } from './campaign.ts'

/** Impressions of one banner with one probability, in one fold. */
export interface DecisionGroup {
  readonly dataset: number
  readonly campaign_id: number
  readonly banner_id: number
  /** Of the click; without one by the event. */
  readonly fold: number
  /** Above 0. */
  readonly probability: number
  readonly impressions: number
  /** Those that earned something. */
  readonly rewarded: number
  readonly revenue: number
  /** Sum of squares. */
  readonly squares: number
}

/** Where the files are, and of which days. */
export interface DecisionSource {
  /** Input folder. */
  readonly input: string
  readonly window?: Window | null
}

const FOLDER = '.collect'
const DECISIONS = /^decisions-\d{4}-\d{2}-\d{2}(?:-\d+)?\.(?:csv|parquet)$/
/** Segments of a server: those of other writers have no event of a decision. */
const CLICKS = /^clicks_.*_collect\..*\.csv(\.gz|\.zst)?$/

const DECISION_COLUMNS = {
  ...{ event: 'varchar', dataset: 'smallint', campaign_id: 'bigint', banner_id: 'bigint' },
  ...{ probability: 'double', decided_at: 'bigint' },
}
const CLICK_COLUMNS = {
  ...{ event: 'varchar', click_id: 'bigint', banner_id: 'bigint', campaign_id: 'bigint' },
}

/**
 * Reads the groups, in the order of their columns.
 *
 * @param connection - Has the tables of `sql/evaluate`.
 * @returns Null if nothing was kept.
 */
export async function readDecisions(
  connection: DuckDBConnection,
  { input, window = null }: DecisionSource,
): Promise<DecisionGroup[] | null> {
  const decisions = await listFiles(join(input, FOLDER), DECISIONS, window)
  if (decisions.length === 0) return null
  const clicks = await Promise.all(
    DATASETS.map((dataset) => listFiles(join(input, String(dataset)), CLICKS, window)),
  )
  await connection.run(
    `create table logged_clicks as ${selectFiles(clicks.flat(), CLICK_COLUMNS)};
     create table logged_decisions as ${selectDecisions(decisions)}`,
  )
  return (await readRows(connection, GROUPS)) as unknown as DecisionGroup[]
}

/** A kill may leave a decision twice, or one that no impression followed; a token has one click id for ever. */
const GROUPS = `
with decisions as (
  select event, min(dataset) as dataset, min(campaign_id) as campaign_id,
    min(banner_id) as banner_id, min(probability) as probability
  from logged_decisions where probability > 0 group by event
),
clicks as (select event, min(click_id) as click_id from logged_clicks group by event),
valued as (
  select decisions.dataset, decisions.campaign_id, decisions.banner_id, decisions.probability,
    coalesce(stg_fold_clicks.fold, cast('0x' || substr(md5(decisions.event), 1, 8) as bigint) % ${FOLDS}) as fold,
    cast(coalesce(click_revenues.revenue, 0) as double) as revenue
  from decisions
  left join clicks on clicks.event = decisions.event
  left join stg_fold_clicks
    on stg_fold_clicks.dataset = decisions.dataset and stg_fold_clicks.click_id = clicks.click_id
  left join click_revenues
    on click_revenues.dataset = stg_fold_clicks.dataset and click_revenues.click_id = stg_fold_clicks.click_id
)
select cast(dataset as integer) as dataset, cast(campaign_id as double) as campaign_id,
  cast(banner_id as double) as banner_id, cast(fold as integer) as fold, probability,
  cast(count(*) as double) as impressions,
  cast(count(*) filter (where revenue > 0) as double) as rewarded,
  fsum(revenue order by revenue) as revenue, fsum(revenue * revenue order by revenue) as squares
from valued group by all order by all`

async function listFiles(folder: string, name: RegExp, window: Window | null): Promise<string[]> {
  const names = await readdir(folder).catch(() => [])
  const found = names.filter((file) => name.test(file) && isInWindow(file, window))
  return found.sort().map((file) => join(folder, file))
}

/** A kill may leave the lines of a day in both. */
function selectDecisions(paths: readonly string[]): string {
  const packed = paths.filter((path) => path.endsWith('.parquet'))
  const plain = selectFiles(
    paths.filter((path) => !path.endsWith('.parquet')),
    DECISION_COLUMNS,
  )
  if (packed.length === 0) return plain
  const names = Object.keys(DECISION_COLUMNS).join(', ')
  return `select ${names} from read_parquet([${packed.map(quotedString).join(', ')}]) union all ${plain}`
}

/** A file that grows may end in half a line. */
function selectFiles(paths: readonly string[], columns: Readonly<Record<string, string>>): string {
  const typed = Object.entries(columns).map(
    ([name, type]) => `${quotedString(name)}: ${quotedString(type)}`,
  )
  if (paths.length === 0) {
    const empty = Object.entries(columns).map(([name, type]) => `cast(null as ${type}) as ${name}`)
    return `select ${empty.join(', ')} where false`
  }
  return `select * from read_csv([${paths.map(quotedString).join(', ')}], header = true, auto_detect = false, delim = ',', ignore_errors = true, columns = {${typed.join(', ')}})`
}
