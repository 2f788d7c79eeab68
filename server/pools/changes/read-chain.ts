/**
 * Reads the changes on top of a build, in order, from where the reader is. Runs in a thread: a change is hashed and decoded,
 * which takes milliseconds.
 */
import type { Applied } from '../../../contract/applied.ts'
import { ChangeError, formatStateId } from '../../../contract/changes.ts'
import { ArtifactError, type ArtifactFault, readVerified } from '../../../contract/read.ts'
import {
  continues,
  listChanges,
  type ReadChange,
  readChange,
  readHold,
} from '../../../contract/read-changes.ts'
import { POOLS_FILE } from '../../../contract/schema.ts'
import { SmallFileError } from '../../../contract/small-file.ts'
import { ParquetError } from '../../parquet/fault.ts'
import { readAllColumns } from '../columns.ts'
import { createPoolChange, type PoolChange } from './pool-change.ts'

/** Where a reader is. */
export interface ChainPlace {
  /** The artifacts folder. */
  readonly artifacts: string
  readonly buildId: string
  readonly applied: Applied
}

/** A change that continues the one before it. */
export interface ChainLink {
  readonly change: PoolChange
  /** Where the reader is once it is applied. */
  readonly applied: Applied
  /** When it was made: milliseconds since 1970. */
  readonly createdAtMs: number
}

/** Why a change cannot be applied: those behind it cannot either, until there is another build. */
export interface ChainGap {
  readonly fault: ArtifactFault
  readonly message: string
}

/** Some links, and how the chain goes on: there may be more; there are no more now; publication is held; there is a gap. */
export interface Chain {
  readonly links: readonly ChainLink[]
  readonly end: 'more' | 'last' | 'held' | ChainGap
}

/** Links that are read at once, and rows of them: whoever reads has applied some before others take memory. */
const MAX_LINKS = 32
const MAX_ROWS = 1_000_000

/** Reads what comes next. Never fails: what cannot be read is a gap. */
export async function readChain(place: ChainPlace): Promise<Chain> {
  const links: ChainLink[] = []
  let { applied } = place
  let rows = 0
  try {
    const limit = await readLimit(place)
    for (const n of await listChanges(place.artifacts, place.buildId)) {
      if (n <= applied.n) continue
      if (n > limit) return { links, end: 'held' }
      if (links.length >= MAX_LINKS || rows >= MAX_ROWS) return { links, end: 'more' }
      const link = await readLink({ ...place, applied }, n)
      links.push(link)
      rows += link.change.bannerIds.length
      applied = link.applied
    }
    return { links, end: 'last' }
  } catch (error) {
    return { links, end: describeGap(error as Error, { ...place, applied }) }
  }
}

/** The greatest change that may be applied. */
async function readLimit({ artifacts, buildId }: ChainPlace): Promise<number> {
  const hold = await readHold(artifacts)
  return hold?.build_id === buildId ? hold.n : Number.POSITIVE_INFINITY
}

async function readLink(
  { artifacts, buildId, applied }: ChainPlace,
  n: number,
): Promise<ChainLink> {
  const read = await readChange(artifacts, buildId, n)
  if (!continues(read, applied)) throw new ArtifactError(describeBreak(read, applied))
  const { change, sha256, folder } = read
  const bytes = await readVerified(folder, change, POOLS_FILE)
  const rows = change.outputs.find(({ file }) => file === POOLS_FILE)?.rows ?? 0
  return {
    change: createPoolChange(await readAllColumns(bytes, rows), change.touched),
    applied: { epoch: applied.epoch, n, sha256 },
    createdAtMs: Date.parse(change.created_at),
  }
}

function describeBreak({ change }: ReadChange, { epoch, n }: Applied): string {
  if (change.epoch !== epoch) return `is of epoch ${change.epoch}, expected ${epoch}`
  if (change.from !== n) return `follows change ${change.from}, expected ${n}`
  return `does not follow the change ${n} that was read`
}

const MISSING = ['ENOENT', 'ENOTDIR']

function describeGap(error: NodeJS.ErrnoException, { buildId, applied }: ChainPlace): ChainGap {
  const { message, code = '' } = error
  const isVerdict = [ArtifactError, ChangeError, ParquetError].some((kind) => error instanceof kind)
  if (!isVerdict && !(error instanceof SmallFileError) && code === '') throw error
  const fault = error instanceof ArtifactError ? error.fault : isVerdict ? 'bad' : 'unreadable'
  const after = formatStateId(buildId, applied.n)
  return {
    fault: MISSING.includes(code) ? 'missing' : fault,
    message: `after ${after}: ${message}`,
  }
}
