/** Compares every state that a follower has published, and that is still there, with the naive reference. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { Applied } from '../../../contract/applied.ts'
import { CHANGE_OUTPUTS, formatStateId, LIVE_FOLDER } from '../../../contract/changes.ts'
import { PUBLISHED_FILES } from '../../../contract/columns.ts'
import { digestBytes, digestFile } from '../../../contract/digest.ts'
import { readManifest } from '../../../contract/read.ts'
import { readEpoch } from '../../../contract/read-changes.ts'
import { BUILDS_FOLDER, DATASETS, MANIFEST_FILE } from '../../../contract/schema.ts'
import { quotedString, withDatabase } from '../../../pipeline/base/database.ts'
import { readSql } from '../../../pipeline/base/sql.ts'
import { joinChanges } from '../../../pipeline/live/join.ts'
import { findPlaces, readChangesAfter, type Served } from '../../../pipeline/live/served.ts'
import { type Reference, referenceOf } from '../reference.ts'
import type { LiveInput } from './live-input.ts'

/** What was found in the states. */
export interface StateReport {
  /** Names of states that were compared. */
  readonly states: string[]
  /** States whose bytes are not those of the reference. */
  readonly wrong: string[]
  /** Campaigns that were in the state before and were not in the next one. */
  vanished: number
  /** Of the last state. */
  campaigns: ReadonlySet<string>
  readonly references: Reference[]
}

const DATABASE = { threads: 1, memoryLimit: '1GB' }

/** Begins a report. */
export function createReport(): StateReport {
  return { states: [], wrong: [], vanished: 0, campaigns: new Set(), references: [] }
}

/** Compares the states that are not in the report yet. */
export async function checkStates(
  out: string,
  input: LiveInput,
  report: StateReport,
): Promise<void> {
  const ids = await readdir(join(out, LIVE_FOLDER)).catch(() => [])
  for (const id of ids.filter((name) => /^[0-9a-f]+$/.test(name))) {
    const served = await readWhole(out, id).catch((error) => {
      // A build that is not current may be removed meanwhile.
      if (error.code === 'ENOENT' || error.name === 'ArtifactError') return null
      throw error
    })
    if (served !== null) await checkBuild(id, served, { input, report })
  }
}

interface Whole extends Pick<Served, 'folder' | 'manifest' | 'changes'> {
  readonly epoch: string
}

async function readWhole(out: string, id: string): Promise<Whole | null> {
  const epoch = await readEpoch(out, id)
  if (epoch === null) return null
  const folder = join(out, BUILDS_FOLDER, id)
  const manifest = await readManifest(folder)
  const { sha256 } = digestBytes(await readFile(join(folder, MANIFEST_FILE)))
  const base: Applied = { epoch: epoch.epoch, n: 0, sha256 }
  const { changes } = await readChangesAfter(out, id, base)
  return { folder, manifest, changes, epoch: epoch.epoch }
}

async function checkBuild(
  id: string,
  { folder, manifest, changes, epoch }: Whole,
  { input, report }: { input: LiveInput; report: StateReport },
): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'pools-states-'))
  try {
    for (let count = 0; count <= changes.length; count += 1) {
      const some = changes.slice(0, count)
      const n = some.at(-1)?.change.n ?? 0
      const state = `${formatStateId(id, n)} of ${epoch}`
      if (report.states.includes(state)) continue
      report.states.push(state)
      const places = findPlaces({ folder, manifest, changes: some, applied: null })
      const logs = input.rowsTo(places)
      const references = DATASETS.map((dataset) => referenceOf(dataset, logs[dataset], 0))
      await joinChanges({ ...DATABASE, build: folder, changes: some, target: join(work, 'served') })
      await writeReference(references, join(work, 'reference'))
      for (const file of CHANGE_OUTPUTS) {
        const [one, other] = await Promise.all(
          ['served', 'reference'].map((side) => digestFile(join(work, side, file))),
        )
        if (one?.sha256 !== other?.sha256) report.wrong.push(`${state} ${file}`)
      }
      noteCampaigns(references, report)
      report.references.push(...references)
    }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** Campaigns of the state before that are not in this one. */
function noteCampaigns(references: readonly Reference[], report: StateReport): void {
  const there = new Set(
    references.flatMap(({ pools }) => pools.map((row) => `${row.dataset} ${row.campaign_id}`)),
  )
  report.vanished += [...report.campaigns].filter((key) => !there.has(key)).length
  report.campaigns = there
}

/** Writes the rows of the reference by the writer of a build. */
async function writeReference(references: readonly Reference[], folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  await withDatabase(':memory:', DATABASE, async (connection) => {
    const pools = references.flatMap((reference) => reference.pools)
    const stats = references.flatMap((reference) => reference.stats)
    await writeFile(join(folder, 'pools.json'), JSON.stringify(pools))
    await writeFile(join(folder, 'banner_stats.json'), JSON.stringify(stats))
    for (const file of CHANGE_OUTPUTS) await writeTable(connection, file, folder)
  })
}

async function writeTable(
  connection: DuckDBConnection,
  file: (typeof CHANGE_OUTPUTS)[number],
  folder: string,
): Promise<void> {
  const name = file.replace('.parquet', '')
  const columns = Object.entries(PUBLISHED_FILES[file]?.columns ?? {})
  const types = columns.map(([column, { type }]) => `${column}: '${type}'`)
  const source = quotedString(join(folder, `${name}.json`))
  await connection.run(
    `create table ${name} as select * from read_json(${source}, format = 'array', columns = {${types}})`,
  )
  const select = await readSql('publish', name)
  const target = quotedString(join(folder, file))
  await connection.run(`copy (${select}\n) to ${target} (format parquet, compression zstd)`)
}
