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
import { countRows, type PoolsByCampaign, rowsOf, writeQuery, writeRows } from './pool-files.ts'

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
export function publishChange(
  artifacts: string,
  { campaigns, ...change }: WrittenChange,
): Promise<string> {
  const rows = rowsOf(campaigns)
  const ids = Object.keys(campaigns).map(Number)
  return publishFiles(artifacts, {
    ...change,
    touched: DATASETS.map((dataset) => ({ dataset, campaign_ids: ids })),
    write: async (path) => ({ bytes: await writeRows(path, rows), rows: rows.length }),
  })
}

/** A change that brings pools to what they are in another build. */
export interface ChangeTowards extends Omit<WrittenChange, 'campaigns'> {
  /** Folder of the other build. */
  readonly newer: string
  readonly touched: Change['touched']
  /** A file that has no rows. */
  readonly without?: string
}

/** Publishes a change whose rows are those of another build: none where it lacks a campaign. Gives its sha256. */
export async function publishTowards(
  artifacts: string,
  { newer, without, ...change }: ChangeTowards,
): Promise<string> {
  const pairs = change.touched.flatMap(({ dataset, campaign_ids }) =>
    campaign_ids.map((id) => `(${dataset}, ${id})`),
  )
  return publishFiles(artifacts, {
    ...change,
    write: async (path, file) => {
      const rows = `from '${join(newer, file)}' where (dataset, campaign_id) in (${pairs.join()})`
      const bytes = await writeQuery(path, `select * ${rows} and ${file !== without}`)
      return { bytes, rows: await countRows(bytes) }
    },
  })
}

interface ChangeFiles extends Omit<WrittenChange, 'campaigns'> {
  readonly touched: Change['touched']
  readonly write: (path: string, file: string) => Promise<{ bytes: Buffer; rows: number }>
}

async function publishFiles(
  artifacts: string,
  { buildId, n, previous, touched, write, fields = {} }: ChangeFiles,
): Promise<string> {
  const folder = changesFolder(artifacts, buildId)
  const work = join(folder, `.new-${n}`)
  await mkdir(work, { recursive: true })
  const outputs: Change['outputs'] = []
  for (const file of ['pools.parquet', 'banner_stats.parquet'] as const) {
    const { bytes, rows } = await write(join(work, file), file)
    outputs.push({ file, bytes: bytes.length, sha256: sha256(bytes), rows })
  }
  const text = formatChange({
    format_version: FORMAT_VERSION,
    build_id: buildId,
    epoch: EPOCH,
    from: n - 1,
    n,
    previous_sha256: previous,
    created_at: CREATED_AT,
    touched,
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
