/** What a file was when it was read last, by its stamp: then it need not be read to be known again. */
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { formatWithChecksum, matchesChecksum } from '../../contract/checksum.ts'
import type { InspectedFile } from '../input/classify.ts'
import type { Inspection } from '../input/scan/inspect.ts'
import { type Cache, writeWhole } from './entries.ts'

const CHECKSUM_FIELD = 'stamps_sha256'

/**
 * A file changed less than this before it was read may change again without another time of change: file systems note
 * it to 4 ms (ext4) up to 2 s (FAT). Such a stamp is not kept.
 */
const COARSEST_CLOCK_MS = 2000

/** A file as it was read. */
export interface Stamp {
  /** Of its entry in the cache: what is kept here holds only for the renames and the version of that. */
  readonly key: string
  /** With its stamp: size, times of change and inode (scan/inspect.ts). */
  readonly inspection: Inspection
}

/** Stamps by the path of the file. */
export type Stamps = ReadonlyMap<string, Stamp>

/** Reads the stamps of the last build; none if they are missing or altered. */
export async function readStamps(cache: Cache): Promise<Stamps> {
  const text = await readText(cache)
  if (text === null || !matchesChecksum(text, CHECKSUM_FIELD)) return new Map()
  const { files } = JSON.parse(text) as { files: Record<string, Stamp> }
  return new Map(Object.entries(files))
}

/** Replaces the stamps by those of these files, unless they are the same: the next build recognises the files by them. */
export async function rememberFiles(cache: Cache, files: readonly InspectedFile[]): Promise<void> {
  const stamps = files.map(({ source, inspection }): [string, Stamp] => {
    const key = cache.keyOf(source.table, inspection.linesSha256)
    return [source.fullPath, { key, inspection }]
  })
  const settled = [...new Map(stamps)].filter(
    ([, { inspection }]) => settledAtMs(inspection.stamp) < cache.startMs,
  )
  const text = formatWithChecksum({ files: Object.fromEntries(settled) }, CHECKSUM_FIELD)
  if (text === (await readText(cache))) return
  await mkdir(cache.folder, { recursive: true })
  await writeWhole(buildPath(cache), text)
}

function readText(cache: Cache): Promise<string | null> {
  return readFile(buildPath(cache), 'utf8').catch(() => null)
}

/** When any further change of the file would show in its stamp. */
function settledAtMs(stamp: string): number {
  const [, mtimeNs = '', ctimeNs = ''] = stamp.split('-')
  return Math.max(Number(mtimeNs), Number(ctimeNs)) / 1e6 + COARSEST_CLOCK_MS
}

function buildPath({ folder }: Cache): string {
  return join(folder, 'stamps.json')
}
