/** From an artifacts folder to the pools in memory, with the changes on top of the build. Runs in a thread. */
import { join } from 'node:path'
import type { Applied } from '../../../contract/applied.ts'
import { ChangeError, formatStateId } from '../../../contract/changes.ts'
import { digestFile } from '../../../contract/digest.ts'
import { ArtifactError, resolveBuildFolder } from '../../../contract/read.ts'
import { readEpoch } from '../../../contract/read-changes.ts'
import { MANIFEST_FILE } from '../../../contract/schema.ts'
import { type LoadedBuild, loadBuild } from '../load.ts'
import { applyChange } from './apply-change.ts'
import { createLivePools, enlarge, type LivePools } from './live-pools.ts'
import { NO_CHANGE } from './pool-change.ts'
import { type ChainGap, readChain } from './read-chain.ts'

/** What is known of the changes on top of a build. */
export interface BuildChanges {
  /** The artifacts folder that they are read from. */
  readonly artifacts: string
  readonly live: LivePools
  readonly applied: Applied
  /** When the last one was made: milliseconds since 1970; undefined: there is none. */
  readonly createdAtMs: number | undefined
  /** Nothing more is applied before publication is released. */
  readonly isHeld: boolean
  /** Why nothing more is applied before there is another build. */
  readonly gap: ChainGap | undefined
}

/** What is in memory. */
export interface KnownBuild {
  readonly buildId: string
  /** Of the build, without its changes. */
  readonly version: string
  /** Of its changes; undefined: it has none. */
  readonly epoch: string | undefined
}

/**
 * Loads a published build and what was published on top of it, unless the known one is still current with the same epoch.
 *
 * @param folder - An artifacts folder (with `current`) or the folder of one build, which has no changes.
 * @returns Undefined if it is the known one; there may be more changes.
 * @throws {ArtifactError} As `loadBuild`; if it cannot be told whether there are changes.
 */
export async function loadLiveBuild(
  folder: string,
  known?: KnownBuild,
): Promise<LoadedBuild | undefined> {
  const path = await resolveBuildFolder(folder)
  const loaded = await loadBuild(path, known?.version)
  const buildId = loaded?.pools.buildId ?? known?.buildId ?? ''
  const epoch = await findEpoch(folder, buildId)
  if (loaded === undefined && epoch === known?.epoch) return undefined
  const build = loaded ?? (await loadBuild(path, undefined))
  return build === undefined || epoch === undefined ? build : addChanges(build, folder, epoch)
}

/** Tells the version of a build with a change applied. */
export function describeVersion(version: string, { epoch, n }: Applied): string {
  return `${version} ${epoch}+${n}`
}

async function findEpoch(folder: string, buildId: string): Promise<string | undefined> {
  try {
    return (await readEpoch(folder, buildId))?.epoch
  } catch (error) {
    const isVerdict = error instanceof ChangeError
    const fault = isVerdict ? 'bad' : 'unreadable'
    const message = `the epoch of build ${buildId}: ${(error as Error).message}`
    throw new ArtifactError(message, { fault, cause: error })
  }
}

async function addChanges(
  build: LoadedBuild,
  artifacts: string,
  epoch: string,
): Promise<LoadedBuild> {
  const { buildId } = build.pools
  const { sha256 } = await digestFile(join(build.folder, MANIFEST_FILE))
  let live = enlarge(createLivePools(build.pools), NO_CHANGE)
  let applied: Applied = { epoch, n: 0, sha256 }
  let createdAtMs: number | undefined
  for (;;) {
    const { links, end } = await readChain({ artifacts, buildId, applied })
    for (const link of links) {
      const name = { n: link.applied.n, buildId: formatStateId(buildId, link.applied.n) }
      if (!applyChange(live, link.change, name)) {
        live = enlarge(live, link.change)
        applyChange(live, link.change, name)
      }
      ;({ applied, createdAtMs } = link)
    }
    if (end === 'more') continue
    const gap = typeof end === 'string' ? undefined : end
    return {
      ...build,
      pools: live.pools,
      version: describeVersion(build.version, applied),
      changes: { artifacts, live, applied, createdAtMs, isHeld: end === 'held', gap },
    }
  }
}
