/**
 * Publication of what a follower counted: changes on top of the current build, and the switch to the next build.
 *
 * Every folder is written under a hidden name, is on disk whole, and appears by one rename. See contract/changes.ts.
 */
import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  CHANGE_FILE,
  CHANGE_OUTPUTS,
  type Change,
  changesFolder,
  EPOCH_FILE,
  formatChange,
  formatEpoch,
  LIVE_FOLDER,
  LOOK_FILE,
} from '../../contract/changes.ts'
import { digestBytes } from '../../contract/digest.ts'
import { readHold } from '../../contract/read-changes.ts'
import { FORMAT_VERSION, MANIFEST_FILE } from '../../contract/schema.ts'
import { syncFolder, syncToDisk } from '../../contract/sync.ts'
import { currentBuildId, pointTo } from '../publish/current.ts'
import { withSwitchLock } from '../publish/lock.ts'
import { linkBuild, placeBuild } from '../publish/publish.ts'
import type { Place } from '../state/file-counts.ts'
import type { Campaigns, PairCounts } from '../state/pair-counts.ts'
import type { ChangeRanker } from './ranked-change.ts'

/** How far files are counted, by path. */
export type Places = ReadonlyMap<string, Pick<Place, 'dataset' | 'table' | 'linesBytes'>>

/** The state that is published. */
export interface Published {
  readonly buildId: string
  readonly epoch: string
  readonly n: number
  /** Of the last change, or of the build's manifest. */
  readonly sha256: string
  readonly places: Places
}

/** Campaigns to publish, and what they are made of, all of one moment. */
export interface Counted {
  readonly touched: Campaigns
  readonly counts: PairCounts
  readonly places: Places
}

/** What publishing needs. */
export interface PublishOptions {
  /** Artifacts folder. */
  readonly out: string
  readonly ranker: ChangeRanker
  readonly now: () => Date
}

/** Nothing may be published now: publication is held, or another build was made current. */
export class HeldError extends Error {
  override readonly name = 'HeldError'
}

const NEW_PREFIX = '.new-'
const OLD_PREFIX = '.old-'

/**
 * Publishes a change on top of what is published.
 *
 * @throws {CheckError} If a check does not allow it.
 * @throws {HeldError} If nothing may be published, or a change of that number is there.
 */
export async function publishChange(
  base: Published,
  counted: Counted,
  options: PublishOptions,
): Promise<Published> {
  const { out } = options
  const folder = changesFolder(out, base.buildId)
  const next = await writeChange(folder, base, counted, options)
  // Who holds publication looks for a change that was under way a moment later.
  await assertCurrent(out, base.buildId)
  await rename(join(folder, `${NEW_PREFIX}${next.n}`), join(folder, String(next.n))).catch(
    refuseTwin,
  )
  await syncFolder(folder)
  return next
}

/**
 * Makes a build current, together with a change on top of it that holds what was published since it was cut.
 *
 * @param build - The id, the folder of the complete build, and how far its files were read.
 * @throws {CheckError} If a check does not allow the change.
 * @throws {HeldError} If nothing may be published.
 */
export async function switchTo(
  build: { readonly id: string; readonly folder: string; readonly places: Places },
  counted: Counted,
  options: PublishOptions,
): Promise<Published> {
  const { out, now } = options
  const { id } = build
  const fresh = join(out, LIVE_FOLDER, `${NEW_PREFIX}${id}`)
  await rm(fresh, { recursive: true, force: true })
  await mkdir(fresh, { recursive: true })
  const manifest = await readFile(join(build.folder, MANIFEST_FILE))
  const epoch = randomBytes(8).toString('hex')
  const cut = {
    buildId: id,
    epoch,
    n: 0,
    sha256: digestBytes(manifest).sha256,
    places: build.places,
  }
  const started = { format_version: FORMAT_VERSION, build_id: id, epoch } as const
  await writeFile(
    join(fresh, EPOCH_FILE),
    formatEpoch({ ...started, started_at: now().toISOString() }),
  )
  const next = counted.touched.size === 0 ? cut : await writeChange(fresh, cut, counted, options)
  if (next.n > 0) await rename(join(fresh, `${NEW_PREFIX}${next.n}`), join(fresh, String(next.n)))
  await syncToDisk(join(fresh, EPOCH_FILE))
  await syncFolder(fresh)
  await linkBuild(build.folder, out, id)
  await withSwitchLock(out, async () => {
    if ((await readHold(out)) !== null) throw new HeldError('held')
    await placeBuild(out, id)
    await replaceFolder(join(out, LIVE_FOLDER), id)
    await pointTo(out, id)
  })
  return next
}

/** An attempt that failed after its rename may have been served: what is counted now goes on top of a new build. */
function refuseTwin(error: NodeJS.ErrnoException): never {
  if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
  throw new HeldError('a change of that number is there')
}

/** Writes a change under its hidden name, on disk whole. */
async function writeChange(
  parent: string,
  base: Published,
  { touched, counts, places }: Counted,
  { ranker, now }: PublishOptions,
): Promise<Published> {
  const { buildId, epoch } = base
  const n = base.n + 1
  const folder = join(parent, `${NEW_PREFIX}${n}`)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const change: Change = {
    format_version: FORMAT_VERSION,
    build_id: buildId,
    epoch,
    from: base.n,
    n,
    previous_sha256: base.sha256,
    created_at: now().toISOString(),
    touched: [...touched].map(([dataset, ids]) => ({ dataset, campaign_ids: [...ids] })),
    places: comparePlaces(base.places, places),
    ...(await ranker.write(counts, folder)),
  }
  const text = formatChange(change)
  await writeFile(join(folder, CHANGE_FILE), text)
  const files = [...CHANGE_OUTPUTS, CHANGE_FILE]
  await Promise.all(files.map((file) => syncToDisk(join(folder, file))))
  await syncFolder(folder)
  return { buildId, epoch, n, sha256: digestBytes(Buffer.from(text)).sha256, places }
}

function comparePlaces(before: Places, after: Places): Change['places'] {
  const places: Change['places'] = []
  for (const [path, { dataset, table, linesBytes }] of after) {
    if (before.get(path)?.linesBytes === linesBytes) continue
    places.push({ path, dataset, table, lines_bytes: linesBytes })
  }
  for (const [path, { dataset, table }] of before) {
    if (!after.has(path)) places.push({ path, dataset, table, lines_bytes: null })
  }
  return places
}

async function assertCurrent(out: string, buildId: string): Promise<void> {
  if ((await readHold(out)) !== null) throw new HeldError('held')
  if ((await currentBuildId(out)) !== buildId) throw new HeldError('another build is current')
}

/** A folder cannot be renamed onto another one that has files in it. */
async function replaceFolder(live: string, id: string): Promise<void> {
  const old = join(live, `${OLD_PREFIX}${id}`)
  await rm(old, { recursive: true, force: true })
  await rename(join(live, id), old).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
  await rename(join(live, `${NEW_PREFIX}${id}`), join(live, id))
  await syncFolder(live)
  await rm(old, { recursive: true, force: true })
}

/** Removes what a follower that was killed left, and changes of builds that are not current. */
export async function sweepLive(out: string, keep: readonly string[]): Promise<void> {
  const live = join(out, LIVE_FOLDER)
  for (const entry of await readdir(live, { withFileTypes: true }).catch(() => [])) {
    if (entry.isDirectory() && !keep.includes(entry.name)) {
      await rm(join(live, entry.name), { recursive: true, force: true })
    }
  }
}

/** Says that all of the input was looked at, and what is published is up to date or held. */
export async function markLook(out: string, now: Date): Promise<void> {
  const path = join(out, LIVE_FOLDER, LOOK_FILE)
  await utimes(path, now, now).catch(async () => {
    await mkdir(join(out, LIVE_FOLDER), { recursive: true })
    await writeFile(path, '')
  })
}
