/**
 * What is kept of builds beyond the builds themselves, for charts and comparisons: written when a build is published, read
 * by people, the explorer and `pools builds`. No build depends on it, and nothing is served from it.
 *
 *     artifacts/history/
 *       history.json                           lists the files below; replaced last, in one rename
 *       builds_2026-11_<hash>.parquet          a month of builds, a row each
 *       campaigns_2026-10_<hash>.parquet       a month of campaigns
 *       campaigns_2026-11-30_<hash>.parquet    a day of the month that is not over
 *       known_2026-11-29_<hash>.parquet        the last row of each campaign at the end of that day
 *       banners_2026-11_<hash>.parquet         a month of banners
 *       damaged/                               files that were found damaged, as they were
 */
import { join } from 'node:path'
import { z } from 'zod'
import { formatWithChecksum, matchesChecksum } from './checksum.ts'
import type { PublishedColumns, PublishedRow } from './columns.ts'
import { MANIFEST_PARTS } from './manifest-parts.ts'
import { DATASETS, FORMAT_VERSION, type ManifestOutput } from './schema.ts'
import { readSmallFile } from './small-file.ts'

/** Folder of the history, in the artifacts folder. */
export const HISTORY_FOLDER = 'history'
export const HISTORY_FILE = 'history.json'
/** Folder of files that were found damaged, in the folder of the history. */
export const DAMAGED_FOLDER = 'damaged'

/** Who publishes builds: `pools build` and `watch`, or a follower. */
const MAKERS = ['batch', 'follower'] as const
export type MadeBy = (typeof MAKERS)[number]

const count = { type: 'bigint', meaning: '' } as const
const text = { type: 'varchar', meaning: '' } as const
const unsure = { type: 'bigint', isNullable: true } as const
const money = { type: 'decimal(18,6)' } as const
const value = { type: 'double', isNullable: true, meaning: 'as `honest`' } as const

/** `builds_….parquet`: a row for each build. */
export const BUILD_HISTORY_COLUMNS = {
  created_at: { type: 'varchar', meaning: 'ISO 8601, UTC, with milliseconds' },
  build_id: text,
  made_by: {
    type: 'varchar',
    values: MAKERS,
    meaning: 'of a follower: all of a day, the last of each hour of a month, then of each day',
  },
  previous_build_id: {
    type: 'varchar',
    isNullable: true,
    meaning: 'what was current before; null = nothing',
  },
  inputs: { ...count, meaning: 'files' },
  rows: { ...count, meaning: 'lines of the input: accepted, rejected and duplicates' },
  accepted: count,
  rejected: count,
  duplicates: count,
  campaigns: { ...count, meaning: 'with a pool' },
  pools: count,
  candidates: count,
  revenue: {
    ...money,
    isNullable: true,
    meaning: 'of all candidates; null = more than the type holds',
  },
  pool_revenue: { ...money, isNullable: true, meaning: 'of the banners in pools' },
  changed_pools: {
    ...unsure,
    meaning: 'with another banner or order than in the build before; null = that one was gone',
  },
  banners_entered: { ...unsure, meaning: 'banners that entered a pool since' },
  banners_left: { ...unsure, meaning: 'banners that left a pool since' },
  warned_checks: count,
  honest: { ...value, meaning: 'of the whole evaluation; null = not evaluated' },
  chance: value,
  naive: value,
} as const satisfies PublishedColumns

/** `campaigns_….parquet`: what a campaign was at the end of a day, where it differs from its row before. */
export const CAMPAIGN_HISTORY_COLUMNS = {
  campaign_id: count,
  dataset: { type: 'smallint', values: DATASETS, meaning: 'quarter of the hour, 1 to 4' },
  day: { type: 'varchar', meaning: '`2026-11-30`, UTC' },
  build_id: { type: 'varchar', meaning: 'the last of the day' },
  candidates: { ...count, meaning: '0 = it is gone' },
  converted: { ...count, meaning: 'candidates with a conversion' },
  revenue: { ...money, meaning: 'of all candidates' },
  pool_revenue: { ...money, meaning: 'of the banners in the pool' },
  banner_ids: { type: 'varchar', meaning: 'the pool by rank, joined by commas; empty = none' },
} as const satisfies PublishedColumns

/** `banners_….parquet`: what a banner was at the end of a day, over all campaigns, where it differs from its row before. */
export const BANNER_HISTORY_COLUMNS = {
  banner_id: count,
  day: { type: 'varchar', meaning: '`2026-11-30`, UTC' },
  build_id: { type: 'varchar', meaning: 'the last of the day' },
  candidates: { ...count, meaning: 'pools in which it is a candidate; 0 = it is gone' },
  pools: { ...count, meaning: 'pools that have it' },
  impressions: count,
  clicks: count,
  conversions: count,
  revenue: { ...money, meaning: 'of all campaigns and quarters' },
} as const satisfies PublishedColumns

/** A row of `builds_….parquet`. */
export type BuildHistoryRow = PublishedRow<typeof BUILD_HISTORY_COLUMNS>

/** Reads `banner_ids`: the banners of a pool by rank. */
export function parseBannerIds(text: string): number[] {
  return text === '' ? [] : text.split(',').map(Number)
}

const FILE_NAME =
  /^(builds|campaigns|known|banners)_(\d{4}-\d{2}(?:-\d{2})?)_([0-9a-f]{16})\.parquet$/

const HISTORY: z.ZodType<History> = z.object({
  format_version: z.literal(FORMAT_VERSION),
  files: z.array(MANIFEST_PARTS.outputs.element.extend({ file: z.string().regex(FILE_NAME) })),
  losses: z.array(z.object({ file: z.string(), found_at: z.string() })).default([]),
})

/** `history.json`. As a file it ends with a field `history_sha256`, the checksum of the text. */
export interface History {
  readonly format_version: typeof FORMAT_VERSION
  readonly files: readonly ManifestOutput[]
  /** Files that were found damaged or missing: what they held is gone. */
  readonly losses: readonly HistoryLoss[]
}

/** A file that was lost. */
interface HistoryLoss {
  readonly file: string
  /** Of the build that found it: ISO 8601, UTC. */
  readonly found_at: string
}
export type HistoryKind = 'builds' | 'campaigns' | 'known' | 'banners'

/** A file of the history by what its name says. */
export interface HistoryFile {
  readonly kind: HistoryKind
  /** A month, `2026-11`, or a day of it. */
  readonly period: string
  readonly listed: ManifestOutput
}

const CHECKSUM = 'history_sha256'
/** Bytes. 400 days have some two hundred files of as many bytes. */
const MAX_BYTES = 4_000_000

/** A history without files. */
export const EMPTY_HISTORY: History = { format_version: FORMAT_VERSION, files: [], losses: [] }

/** Writes `history.json` with its checksum. */
export function formatHistory(history: History): string {
  return formatWithChecksum(history, CHECKSUM)
}

/**
 * Reads the list of files.
 *
 * @returns Null if there is none that is intact and of this format version.
 */
export async function readHistory(artifacts: string): Promise<History | null> {
  const text = await readHistoryText(artifacts).catch(() => null)
  return text === null ? null : parseHistory(text)
}

/**
 * Reads the text of `history.json`.
 *
 * @throws {SmallFileError} If it is too large, or no file.
 * @throws {NodeJS.ErrnoException} If it is not there, or cannot be read.
 */
export async function readHistoryText(artifacts: string): Promise<string> {
  const path = join(artifacts, HISTORY_FOLDER, HISTORY_FILE)
  return String(await readSmallFile(path, { maxBytes: MAX_BYTES }))
}

/** Parses `history.json`; null: it is damaged, or of another format version. */
export function parseHistory(text: string): History | null {
  if (!matchesChecksum(text, CHECKSUM)) return null
  return HISTORY.safeParse(JSON.parse(text)).data ?? null
}

/** Tells what the name of a file of the history says; null: it is none. */
export function parseHistoryName(
  name: string,
): { readonly kind: HistoryKind; readonly period: string; readonly hash: string } | null {
  const [, kind, period = '', hash = ''] = FILE_NAME.exec(name) ?? []
  return kind === undefined ? null : { kind: kind as HistoryKind, period, hash }
}

/** The files of a kind, the oldest first. */
export function listHistoryFiles({ files }: History, kind: HistoryKind): HistoryFile[] {
  return files
    .flatMap((listed): HistoryFile[] => {
      const named = parseHistoryName(listed.file)
      return named?.kind === kind ? [{ kind, period: named.period, listed }] : []
    })
    .sort((a, b) => a.period.localeCompare(b.period))
}
