/** Which input files a process scans, when many share the work without a word to each other. */
import { createHash } from 'node:crypto'

/** One of so many processes, counted from 0. */
export interface Shard {
  readonly index: number
  readonly count: number
}

/** The index of a process among those that a scheduler started: of a Kubernetes indexed Job, of an AWS Batch array. */
const INDEX_VARIABLES = ['JOB_COMPLETION_INDEX', 'AWS_BATCH_JOB_ARRAY_INDEX'] as const

/** More processes than anybody starts. */
const MOST_SHARDS = 100_000

/**
 * Reads `I/N`, or `auto/N`: the scheduler's variables tell I.
 *
 * @returns Null if it is not of that form, or I is not below N.
 */
export function parseShard(
  text: string,
  environment: Readonly<Record<string, string | undefined>>,
): Shard | null {
  const [, first = '', last = ''] = /^(auto|\d+)\/(\d+)$/.exec(text) ?? []
  const found = INDEX_VARIABLES.flatMap((name) => environment[name] ?? [])
  const index = first === 'auto' ? found[0] : first
  if (index === undefined || !/^\d+$/.test(index)) return null
  const shard = { index: Number(index), count: Number(last) }
  return shard.count <= MOST_SHARDS && shard.index < shard.count ? shard : null
}

/** Tells whether something with a name is for a shard: each is for one. */
export function belongsTo(name: string, { index, count }: Shard): boolean {
  // 48 bits: exact in a number, and no remainder is noticeably more likely than another.
  const hash = createHash('sha256').update(name).digest().readUIntBE(0, 6)
  return hash % count === index
}
