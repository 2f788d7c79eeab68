/**
 * Lines that turn out unfit only when all rows are known: a reject names its line and keeps its text, which cached rows
 * do not have. They are looked up in the input file, and kept: the next build will want them again.
 */
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { InspectedFile } from '../input/classify.ts'
import type { IntakeOptions } from '../input/intake.ts'
import type { FoundLine } from '../input/scan/find-lines.ts'
import type { CachedFile } from './cache-files.ts'
import {
  buildLinesPath,
  type Cache,
  type CacheEntry,
  isSame,
  readEntry,
  saveLines,
} from './entries.ts'

/**
 * Finds the lines of certain keys in an input file.
 *
 * @param keys - Of rows that the file has.
 * @returns All their lines, in the file's order.
 * @throws {PipelineError} If the file has to be read and changed since it was inspected.
 */
export async function findKeyedLines(
  file: CachedFile,
  keys: ReadonlySet<string>,
  options: IntakeOptions & { readonly cache: Cache },
): Promise<FoundLine[]> {
  const { cache } = options
  const entry = await readEntry(cache, file.key)
  if (entry === null || entry === 'altered') throw new Error(`not cached: ${file.source.path}`)
  const kept = await readKept(cache, file.key, entry)
  const known = new Set(kept.map(({ key }) => key))
  if ([...keys].every((key) => known.has(key))) return kept.filter(({ key }) => keys.has(key))
  const found = await lookUp(file, entry, new Set([...known, ...keys]), options)
  return found.filter(({ key }) => keys.has(key))
}

/** Lines that an earlier build looked up; none if they are not as they were written. */
async function readKept(cache: Cache, key: string, entry: CacheEntry): Promise<FoundLine[]> {
  const path = buildLinesPath(cache, key)
  if (entry.lines === null || !(await isSame(path, entry.lines))) return []
  return readLines(path)
}

async function lookUp(
  file: CachedFile,
  entry: CacheEntry,
  keys: ReadonlySet<string>,
  options: IntakeOptions & { readonly cache: Cache },
): Promise<FoundLine[]> {
  const linesPath = await searchFile(file, keys, options)
  const found = await readLines(linesPath)
  await saveLines(options.cache, file.key, entry, linesPath)
  return found
}

/**
 * Finds the lines of certain keys in a file that is not cached.
 *
 * @throws {PipelineError} If it changed since it was inspected.
 */
export async function searchLines(
  file: InspectedFile,
  keys: ReadonlySet<string>,
  options: IntakeOptions,
): Promise<FoundLine[]> {
  return readLines(await searchFile(file, keys, options))
}

/** Gives the path of the list of lines. */
async function searchFile(
  { source, inspection, index }: InspectedFile,
  keys: ReadonlySet<string>,
  { scanner, workFolder, fetchFile }: IntakeOptions,
): Promise<string> {
  await fetchFile?.(source.path)
  const { fullPath: path, table } = source
  const linesPath = join(workFolder, `${index}.lines.json`)
  await scanner.run('findLines', path, { path, table, inspection, keys, linesPath })
  return linesPath
}

async function readLines(path: string): Promise<FoundLine[]> {
  const lines: FoundLine[] = []
  for await (const line of createInterface({ input: createReadStream(path) })) {
    lines.push(JSON.parse(line) as FoundLine)
  }
  return lines
}
