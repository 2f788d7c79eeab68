/**
 * The banners that each campaign may show, whatever its pools are: those with an impression or a click in any quarter of the
 * hour (`banner_stats.parquet`), and those of `campaign_banners.csv`. Read only where a share of the decisions explores.
 *
 *     candidateIds      [ 0 | 12 | 0 | 7 ]          hash map, see campaign-table.ts: a campaign's place is its index
 *     candidateEnds     [ …, 0, 3, 3, 5 ]           two for each place: begin and end in `candidateBanners`
 *     candidateBanners  [ 10 | 30 | 42 | 10 | 11 ]  ascending for each campaign, none twice
 *
 * Memory: 4 bytes a pair of campaign and banner (8 if an id is over 2^32 - 1), and 32 to 64 bytes a campaign.
 */
import { readVerified } from '../../contract/read.ts'
import { BANNER_STATS_FILE, CAMPAIGN_BANNERS_FILE } from '../../contract/schema.ts'
import { openTable } from '../parquet/table.ts'
import { createCampaignTable, findCampaign } from './campaign-table.ts'
import type { LoadedBuild } from './load.ts'

/** The candidates of all campaigns. Only typed arrays, so that a thread hands them over at no cost. */
export interface Candidates {
  readonly candidateIds: Float64Array
  readonly candidateEnds: Uint32Array
  readonly candidateBanners: Uint32Array | Float64Array
}

/** Pairs in any order; repeated ones count once. */
export interface Pairs {
  readonly campaignIds: Float64Array
  readonly bannerIds: Float64Array
}

const FILES = [BANNER_STATS_FILE, CAMPAIGN_BANNERS_FILE] as const

/**
 * Reads the candidates of a build.
 *
 * @throws {ArtifactError} If a file is altered or cannot be read.
 */
export async function loadCandidates({
  folder,
  manifest,
}: Pick<LoadedBuild, 'folder' | 'manifest'>): Promise<Candidates> {
  const parts: Pairs[] = []
  for (const file of FILES) {
    const listed = manifest.outputs.find((output) => output.file === file)
    if (listed === undefined) continue
    parts.push(await readPairs(await readVerified(folder, manifest, file), listed.rows))
  }
  return createCandidates(parts)
}

/** Arranges pairs by campaign. */
export function createCandidates(parts: readonly Pairs[]): Candidates {
  const campaigns = concat(parts.map(({ campaignIds }) => campaignIds))
  const banners = concat(parts.map(({ bannerIds }) => bannerIds))
  const candidateIds = createCampaignTable(campaigns)
  const ends = countPlaces(candidateIds, campaigns)
  const sorted = new Float64Array(banners.length)
  const next = ends.slice()
  for (let row = 0; row < campaigns.length; row++) {
    const place = findCampaign(candidateIds, campaigns[row] ?? 0)
    const at = next[2 * place] ?? 0
    sorted[at] = banners[row] ?? 0
    next[2 * place] = at + 1
  }
  const kept = sortEach(ends, sorted)
  return {
    candidateIds,
    candidateEnds: ends,
    candidateBanners: narrow(sorted.slice(0, kept)),
  }
}

/** The candidates of a campaign, ascending; empty: it has none. Nothing is copied. */
export function findCandidates(
  { candidateIds, candidateEnds, candidateBanners }: Candidates,
  campaignId: number,
): Uint32Array | Float64Array {
  const place = findCampaign(candidateIds, campaignId)
  if (place < 0) return candidateBanners.subarray(0, 0)
  return candidateBanners.subarray(candidateEnds[2 * place], candidateEnds[2 * place + 1])
}

async function readPairs(bytes: Uint8Array, rows: number): Promise<Pairs> {
  const read = async (start: number, end: number) => bytes.subarray(start, end)
  const table = await openTable({ bytes: bytes.length, read }, rows)
  const [campaignIds, bannerIds] = [new Float64Array(rows), new Float64Array(rows)]
  for (const group of table.groups) {
    await table.readNumbers(group, 'campaign_id', campaignIds.subarray(group.start, group.end))
    await table.readNumbers(group, 'banner_id', bannerIds.subarray(group.start, group.end))
  }
  return { campaignIds, bannerIds }
}

function concat(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** Begin and end of each campaign, repeated pairs included. */
function countPlaces(table: Float64Array, campaigns: Float64Array): Uint32Array {
  const ends = new Uint32Array(2 * table.length)
  for (const id of campaigns) {
    const end = 2 * findCampaign(table, id) + 1
    ends[end] = (ends[end] ?? 0) + 1
  }
  let begin = 0
  for (let place = 0; place < table.length; place++) {
    const count = ends[2 * place + 1] ?? 0
    ends[2 * place] = begin
    begin += count
    ends[2 * place + 1] = begin
  }
  return ends
}

/** Sorts each campaign's banners, and moves them together without repeats; returns how many are left. */
function sortEach(ends: Uint32Array, banners: Float64Array): number {
  let kept = 0
  for (let place = 0; place < ends.length / 2; place++) {
    const [begin = 0, end = 0] = [ends[2 * place], ends[2 * place + 1]]
    banners.subarray(begin, end).sort()
    ends[2 * place] = kept
    for (let row = begin; row < end; row++) {
      const banner = banners[row] ?? 0
      const isRepeated = kept > (ends[2 * place] ?? 0) && banners[kept - 1] === banner
      if (!isRepeated) banners[kept++] = banner
    }
    ends[2 * place + 1] = kept
  }
  return kept
}

/** Halves the memory when every id fits in 32 bits. */
function narrow(ids: Float64Array): Uint32Array | Float64Array {
  return ids.every((id) => id < 2 ** 32) ? new Uint32Array(ids) : ids
}
