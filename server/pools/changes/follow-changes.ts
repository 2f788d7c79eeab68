/** Applies what is published on top of the served build. */
import { setImmediate as turn } from 'node:timers/promises'
import { formatStateId } from '../../../contract/changes.ts'
import { type LoadedBuild, versionOf } from '../load.ts'
import { writeInParts } from './apply-change.ts'
import { enlarge } from './live-pools.ts'
import { type BuildChanges, describeVersion } from './load-live.ts'
import type { ChainLink } from './read-chain.ts'
import type { ChangeReader } from './reader.ts'

/** A build that has changes. */
type LiveBuild = LoadedBuild & { readonly changes: BuildChanges }

/** What changes are applied with. */
export interface AdvanceOptions {
  readonly artifacts: string
  readonly reader: ChangeReader
  readonly signal: AbortSignal
  /** Called at once when there are other pools: the arrays of those before have changed, too. */
  readonly serve: (build: LoadedBuild) => void
  /** Called for each change that is applied. */
  readonly count: () => void
}

/** What came of it: all that can be applied is; or the next change needs more room than is made here and now. */
export type Advance = 'done' | 'needs room'

/** Pools of which new arrays are made at once, in some milliseconds; greater builds are loaded again, in a thread. */
const MAX_ENLARGED_SLOTS = 2 ** 15

/** Applies the changes that follow what is served. Requests are answered meanwhile. */
export async function advance(build: LoadedBuild, options: AdvanceOptions): Promise<Advance> {
  if (!isLive(build)) return 'done'
  const { artifacts, reader, signal, serve, count } = options
  const buildId = build.manifest.build_id
  let current = build
  for (;;) {
    const { applied } = current.changes
    const { links, end } = await reader.read({ artifacts, buildId, applied }, signal)
    for (const link of links) {
      const next = await apply(current, link, options)
      if (next === undefined) return 'needs room'
      current = next
      serve(current)
      count()
    }
    if (end === 'more') continue
    const gap = typeof end === 'string' ? undefined : end
    current = { ...current, changes: { ...current.changes, isHeld: end === 'held', gap } }
    serve(current)
    return 'done'
  }
}

async function apply(
  build: LiveBuild,
  { change, applied, createdAtMs }: ChainLink,
  { serve }: AdvanceOptions,
): Promise<LiveBuild | undefined> {
  const { manifest, changes } = build
  const name = { n: applied.n, buildId: formatStateId(manifest.build_id, applied.n) }
  const write = async (live: BuildChanges['live']): Promise<LiveBuild | undefined> => {
    const parts = writeInParts(live, change, name)
    let part = parts.next()
    for (; !part.done; part = parts.next()) {
      serve({ ...build, pools: live.pools, changes: { ...changes, live } })
      await turn()
    }
    if (!part.value) return undefined
    const version = describeVersion(versionOf(manifest), applied)
    const state = { ...changes, live, applied, createdAtMs, isHeld: false, gap: undefined }
    return { ...build, pools: live.pools, version, changes: state }
  }
  const written = await write(changes.live)
  if (written !== undefined || build.pools.sizes.length > MAX_ENLARGED_SLOTS) return written
  return write(enlarge(changes.live, change))
}

function isLive(build: LoadedBuild): build is LiveBuild {
  return build.changes !== undefined
}
