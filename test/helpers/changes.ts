import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Change,
  changesFolder,
  formatChange,
  formatEpoch,
  formatHold,
} from '../../contract/changes.ts'
import { DATASETS, FORMAT_VERSION } from '../../contract/schema.ts'
import { type PoolsByCampaign, rowsOf, writeRows } from './pools.ts'

const CREATED_AT = '2026-11-01T00:00:05.000Z'
const EPOCH = 'e0e0e0e0e0e0e0e0'

/** A change to write: what its touched campaigns serve from then on; an empty list: the campaign is gone. */
export interface WrittenChange {
  readonly buildId: string
  readonly n: number
  readonly campaigns: PoolsByCampaign
  /** Of the change before; of the manifest if there is none. */
  readonly previous: string
  /** What is written otherwise than it should be. */
  readonly fields?: Partial<Change>
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Begins a run of changes on top of a build. Gives the sha256 that the first change names. */
export async function startEpoch(
  artifacts: string,
  buildId: string,
  epoch = EPOCH,
): Promise<string> {
  const folder = changesFolder(artifacts, buildId)
  await mkdir(folder, { recursive: true })
  const fields = { format_version: FORMAT_VERSION, build_id: buildId } as const
  await writeFile(
    join(folder, 'epoch.json'),
    formatEpoch({ ...fields, epoch, started_at: CREATED_AT }),
  )
  return sha256(await readFile(join(artifacts, 'builds', buildId, 'manifest.json')))
}

/** Publishes a change as a follower does: whole, by one rename. Gives its sha256. */
export async function publishChange(
  artifacts: string,
  { buildId, n, campaigns, previous, fields = {} }: WrittenChange,
): Promise<string> {
  const folder = changesFolder(artifacts, buildId)
  const work = join(folder, `.new-${n}`)
  await mkdir(work, { recursive: true })
  const rows = rowsOf(campaigns)
  const outputs: Change['outputs'] = []
  for (const file of ['pools.parquet', 'banner_stats.parquet'] as const) {
    const bytes = await writeRows(join(work, file), rows)
    outputs.push({ file, bytes: bytes.length, sha256: sha256(bytes), rows: rows.length })
  }
  const ids = Object.keys(campaigns).map(Number)
  const text = formatChange({
    format_version: FORMAT_VERSION,
    build_id: buildId,
    epoch: EPOCH,
    from: n - 1,
    n,
    previous_sha256: previous,
    created_at: CREATED_AT,
    touched: DATASETS.map((dataset) => ({ dataset, campaign_ids: ids })),
    places: [],
    outputs,
    checks: [],
    ...fields,
  })
  await writeFile(join(work, 'change.json'), text)
  await rename(work, join(folder, String(n)))
  return sha256(Buffer.from(text))
}

/** Holds publication at a state. */
export async function writeHold(artifacts: string, buildId: string, n: number): Promise<void> {
  const hold = { format_version: FORMAT_VERSION, build_id: buildId, n } as const
  const path = join(artifacts, 'live/hold.json')
  await writeFile(`${path}.new`, formatHold({ ...hold, reason: 'a test', since: CREATED_AT }))
  await rename(`${path}.new`, path)
}

/** Ends a hold. */
export async function removeHold(artifacts: string): Promise<void> {
  await rm(join(artifacts, 'live/hold.json'))
}
