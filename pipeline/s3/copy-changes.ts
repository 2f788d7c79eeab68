/** The changes on top of a build, to a bucket: those that are not there yet, joined to one. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Applied } from '../../contract/applied.ts'
import type { ChangeList } from '../../contract/bucket-changes.ts'
import {
  CHANGE_FILE,
  CHANGE_OUTPUTS,
  type Change,
  type Epoch,
  formatChange,
} from '../../contract/changes.ts'
import { digestBytes, digestFile } from '../../contract/digest.ts'
import { readChange, readEpoch, readHold, readLook } from '../../contract/read-changes.ts'
import { BUILDS_FOLDER, FORMAT_VERSION, MANIFEST_FILE } from '../../contract/schema.ts'
import { PipelineError } from '../base/errors.ts'
import { withTemporaryFolder } from '../base/temporary-folder.ts'
import { joinChanges, joinTouched } from '../live/join.ts'
import { readChangesAfter, type Served } from '../live/served.ts'
import { changePath, readChangeList, removeChanges, writeChangeList } from './change-list.ts'
import type { Store } from './store.ts'

/** So old may the last look in the bucket be, in milliseconds, while nothing changes. */
const LOOK_MS = 30_000
const DATABASE = { threads: 1, memoryLimit: '1GB' }

/** Where the bucket is: in the follower's chain of changes, and in its own of joined ones. */
interface Position {
  readonly local: Applied
  readonly storedSha256: string
}

/**
 * Copies what lies on top of a build of an artifacts folder, no further than a hold. First the objects of the change, then
 * the list that names it: a copy that ends in between is nothing to any reader.
 *
 * @returns Whether anything was written.
 * @throws {PipelineError} If the store refuses, or holds later changes than the folder.
 */
export async function copyChanges(store: Store, out: string, buildId: string): Promise<boolean> {
  const epoch = await readEpoch(out, buildId)
  if (epoch === null) {
    await removeChanges(store, buildId)
    return false
  }
  const manifest = await readFile(join(out, BUILDS_FOLDER, buildId, MANIFEST_FILE))
  const begun = beginList(epoch, digestBytes(manifest).sha256)
  const stored = await readChangeList(store, buildId)
  const isBegun =
    stored.list?.epoch === begun.epoch && stored.list.manifest_sha256 === begun.manifest_sha256
  const list = isBegun && stored.list !== null ? stored.list : begun
  const position = await findPosition(store, out, list)
  const { changes, applied } = await readChangesAfter(out, buildId, position.local)
  if (changes.length > 0) await uploadJoined(store, { changes, epoch, position })
  const next = {
    ...list,
    changes: changes.length === 0 ? list.changes : [...list.changes, applied.n],
    ...(await readMarks(out, buildId)),
  }
  if (isBegun && changes.length === 0 && !isWorthWriting(list, next)) return false
  await writeChangeList(store, stored, next)
  return true
}

function beginList(epoch: Epoch, manifestSha256: string): ChangeList {
  return {
    format_version: FORMAT_VERSION,
    build_id: epoch.build_id,
    manifest_sha256: manifestSha256,
    epoch: epoch.epoch,
    started_at: epoch.started_at,
    changes: [],
    looked_at: null,
    hold: null,
  }
}

async function findPosition(store: Store, out: string, list: ChangeList): Promise<Position> {
  const { build_id: buildId, epoch, manifest_sha256: sha256 } = list
  const n = list.changes.at(-1)
  if (n === undefined) return { local: { epoch, n: 0, sha256 }, storedSha256: sha256 }
  const path = changePath(buildId, epoch, String(n), CHANGE_FILE)
  const [stored, local] = [
    await store.readText(path),
    await readChange(out, buildId, n).catch(() => null),
  ]
  if (stored === null || local === null) {
    const where = stored === null ? 'bucket' : 'artifacts folder'
    throw new PipelineError(
      `change ${n} of build ${buildId} is missing in the ${where}, the next full build goes on`,
    )
  }
  return {
    local: { epoch, n, sha256: local.sha256 },
    storedSha256: digestBytes(Buffer.from(stored.text)).sha256,
  }
}

/** Where publication is held, and when the input was looked at. */
async function readMarks(
  out: string,
  buildId: string,
): Promise<Pick<ChangeList, 'looked_at' | 'hold'>> {
  const [hold, lookMs] = [await readHold(out), await readLook(out)]
  return {
    looked_at: lookMs === null ? null : new Date(lookMs).toISOString(),
    hold: hold?.build_id === buildId ? { n: hold.n, reason: hold.reason, since: hold.since } : null,
  }
}

function isWorthWriting(before: ChangeList, next: ChangeList): boolean {
  if (before.hold?.since !== next.hold?.since || before.hold?.n !== next.hold?.n) return true
  const [lookedMs, nextMs] = [before, next].map(({ looked_at }) => Date.parse(looked_at ?? ''))
  if (nextMs === undefined || Number.isNaN(nextMs)) return false
  return !(nextMs - (lookedMs ?? Number.NaN) < LOOK_MS)
}

interface Joined {
  readonly changes: Served['changes']
  readonly epoch: Epoch
  readonly position: Position
}

async function uploadJoined(store: Store, { changes, epoch, position }: Joined): Promise<void> {
  await withTemporaryFolder(async (work) => {
    const target = join(work, 'joined')
    const outputs = await joinChanges({ ...DATABASE, build: null, changes, target })
    const change = describeJoined(changes, { outputs, position })
    await writeFile(join(target, CHANGE_FILE), formatChange(change))
    for (const file of [...CHANGE_OUTPUTS, CHANGE_FILE]) {
      const { sha256 } = await digestFile(join(target, file))
      const path = changePath(epoch.build_id, epoch.epoch, String(change.n), file)
      await store.upload(path, join(target, file), sha256)
    }
  })
}

function describeJoined(
  changes: Served['changes'],
  { outputs, position }: { outputs: Change['outputs']; position: Position },
): Change {
  const last = changes.at(-1)?.change
  if (last === undefined) throw new Error('nothing to join')
  const places = new Map(
    changes.flatMap(({ change }) => change.places.map((place) => [place.path, place] as const)),
  )
  return {
    ...last,
    from: position.local.n,
    previous_sha256: position.storedSha256,
    touched: joinTouched(changes),
    places: [...places.values()],
    outputs,
    checks: joinChecks(changes),
  }
}

/** A campaign that was touched twice was checked twice. */
function joinChecks(changes: Served['changes']): Change['checks'] {
  const checks = new Map<string, Change['checks'][number]>()
  for (const { change } of changes) {
    for (const check of change.checks) {
      const known = checks.get(check.name)
      const failing_rows = (known?.failing_rows ?? 0) + check.failing_rows
      const passed = (known?.passed ?? true) && check.passed
      checks.set(check.name, { ...check, failing_rows, passed })
    }
  }
  return [...checks.values()]
}
