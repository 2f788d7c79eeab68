import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { DATASETS, type Dataset, type List, TABLES, type Table } from '../../contract/schema.ts'
import { PipelineError } from '../base/errors.ts'
import { readCommitted, readLosses } from './committed.ts'
import { readPath } from './names.ts'
import { describeUnread, type Unread } from './near-names.ts'
import { withoutPacking } from './packing.ts'
import { assertInside, type Found, type WalkOptions, walkInput } from './walk.ts'
import { isInWindow, type Window } from './window.ts'

/** An input file, found by its name and not yet opened. */
export interface SourceFile {
  readonly dataset: Dataset
  readonly table: Table
  /** Below the input folder, with `/`; what the manifest names. */
  readonly path: string
  /** As the operating system opens it. */
  readonly fullPath: string
  /** When it was found: what is appended later is not read. */
  readonly bytes: number
  /** So many bytes of its lines are read, as in the manifest; by default all. */
  readonly linesBytes?: number
}

/** A list in the input folder itself, not yet opened. */
export interface SourceList extends Pick<SourceFile, 'path' | 'fullPath' | 'bytes'> {
  readonly list: List
}

/** What is in the input folder. */
export interface Sources {
  /** Ordered by dataset, table, path. */
  readonly files: readonly SourceFile[]
  /** Ordered by path. */
  readonly lists: readonly SourceList[]
  /** Sentences about what is missing, empty unless `allowMissing`, and about what is passed over. */
  readonly warnings: readonly string[]
}

/** How to look for input files. */
export interface SourceOptions {
  /** A missing dataset or table is a warning. */
  readonly allowMissing: boolean
  /** Links may lead out of the input folder. */
  readonly followLinks?: boolean
  /** Only files of these days, and those without a date in their name; null or by default all. */
  readonly window?: Window | null
  /** Only these files and so much of each: bytes of lines, by the path without its packing; by default all. */
  readonly lengths?: ReadonlyMap<string, number> | null
  /** The artifacts folder, which may lie below the input folder and is none of it. */
  readonly out?: string
}

/** Asked at once of the file system. */
const AT_ONCE = 32

/** Something that looks like a log or a dataset and is not read. */
type Passed = Unread & { readonly path: string }

/**
 * Finds the input files: `<input>/<dataset>/<table>[_anything].csv[.gz]`, and the lists beside the datasets. Nothing else
 * that looks like a log or a dataset is passed over without a warning.
 *
 * @throws {PipelineError} If the folder cannot be read, holds no dataset, or lacks a dataset or a table; if a file is no
 * regular one, or a link out of the folder.
 */
export async function findSources(input: string, options: SourceOptions): Promise<Sources> {
  const { allowMissing, followLinks = false, out = null } = options
  const walk: WalkOptions = { input, followLinks, except: out }
  const { found, isCut } = await walkInput(walk)
  const { files: all, lists, passed } = await sortFound(found, walk)
  const files = selectFiles(all, options, await readCommitted(input))
  if (!found.some(({ path }) => /^[1-4]\/$/.test(path))) throw noDataset(input, passed)
  const missing = DATASETS.flatMap((dataset) => describeMissing(dataset, { input, files, passed }))
  if (missing.length > 0 && !allowMissing) {
    throw new PipelineError(`${missing.join('; ')} (--allow-missing builds without)`)
  }
  const cut = isCut ? ['holds so many other files that not all of them were looked at'] : []
  const others = [...describeUnread(passed), ...describeFolders(found, files)]
  return {
    files,
    lists,
    warnings: [
      ...(await readLosses(input)),
      ...others,
      ...cut.map((text) => `${text}: ${input}`),
      ...missing,
    ],
  }
}

/** Leaves out what does not count. */
function selectFiles(
  files: readonly SourceFile[],
  { window = null, lengths = null }: SourceOptions,
  committed: ReadonlyMap<string, number>,
): readonly SourceFile[] {
  const inWindow = files.filter(({ path }) => isInWindow(path, window))
  return inWindow.flatMap((file) => {
    const path = withoutPacking(file.path)
    const linesBytes = (lengths ?? committed).get(path)
    // Its writer has just made it.
    if (linesBytes === 0) return []
    if (linesBytes !== undefined) return [{ ...file, linesBytes }]
    return lengths === null ? [file] : []
  })
}

type Sorted = Pick<Sources, 'files' | 'lists'> & { readonly passed: readonly Passed[] }

async function sortFound(found: readonly Found[], walk: WalkOptions): Promise<Sorted> {
  const files: SourceFile[] = []
  const lists: SourceList[] = []
  const passed: Passed[] = []
  for (let start = 0; start < found.length; start += AT_ONCE) {
    const some = found.slice(start, start + AT_ONCE)
    for (const one of await Promise.all(some.map((entry) => identify(entry, walk)))) {
      if (one === null) continue
      if ('dataset' in one && 'bytes' in one) files.push(one)
      else if ('list' in one) lists.push(one)
      else passed.push(one)
    }
  }
  const told = new Set([...files, ...passed].flatMap(({ path }) => findParents(path)))
  return {
    files: files.sort(compareFiles),
    lists: lists.sort((a, b) => compareText(a.path, b.path)),
    // A folder is told by what is in it, if there is something.
    passed: passed
      .filter(({ path }) => !told.has(path))
      .sort((a, b) => compareText(a.path, b.path)),
  }
}

/** `a/b/c` → `a/`, `a/b/` */
function findParents(path: string): string[] {
  const names = path.replace(/\/$/, '').split('/')
  return names.slice(0, -1).map((_, index) => `${names.slice(0, index + 1).join('/')}/`)
}

async function identify(
  found: Found,
  walk: WalkOptions,
): Promise<SourceFile | SourceList | Passed | null> {
  const { path, fullPath, kind } = found
  const meaning = readPath(path)
  if (meaning === null) return null
  if (meaning.kind === 'unread') return { ...meaning, path }
  const bytes = await regularBytes(fullPath, kind, walk)
  if (meaning.kind === 'list') return { list: meaning.list, path, fullPath, bytes }
  return { dataset: meaning.dataset, table: meaning.table, path, fullPath, bytes }
}

/** The size of a file that may be opened: a pipe would wait for ever, a device would never end. */
async function regularBytes(
  fullPath: string,
  kind: Found['kind'],
  walk: WalkOptions,
): Promise<number> {
  if (kind === 'link') await assertInside(fullPath, walk)
  const status = await stat(fullPath).catch((error: NodeJS.ErrnoException) => {
    throw new PipelineError(`cannot be read (${error.code}): ${fullPath}`)
  })
  if (!status.isFile()) throw new PipelineError(`not a regular file: ${fullPath}`)
  return status.size
}

/** By the path of the log, so that packing one later changes no order. */
function compareFiles(a: SourceFile, b: SourceFile): number {
  return (
    a.dataset - b.dataset ||
    TABLES.indexOf(a.table) - TABLES.indexOf(b.table) ||
    compareText(withoutPacking(a.path), withoutPacking(b.path)) ||
    compareText(a.path, b.path)
  )
}

function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

function noDataset(input: string, passed: readonly Passed[]): PipelineError {
  const near = describeUnread(passed).map((text) => `; ${text}`)
  return new PipelineError(
    `no dataset found, expected the folders 1 to 4 with CSV files${near.join('')}: ${input}`,
  )
}

interface Place {
  readonly input: string
  readonly files: readonly SourceFile[]
  readonly passed: readonly Passed[]
}

function describeMissing(dataset: Dataset, { input, files, passed }: Place): string[] {
  const own = files.filter((file) => file.dataset === dataset)
  const near = passed.filter((one) => one.dataset === dataset)
  if (own.length === 0) {
    return [`dataset ${dataset} is missing: ${join(input, String(dataset))}${didYouMean(near)}`]
  }
  return TABLES.filter((table) => !own.some((file) => file.table === table)).map((table) => {
    const path = join(input, String(dataset), `${table}_*.csv`)
    return `table ${table} is missing: ${path}${didYouMean(near.filter((one) => one.table === table))}`
  })
}

/** The first thing that may be what is missing, and what to do with it. */
function didYouMean(near: readonly Passed[]): string {
  const [first] = near
  if (first === undefined) return ''
  const remedy = first.fits === null ? first.why : `would be read as ${first.fits}; ${first.why}`
  return `, did you mean ${first.path} (${remedy})`
}

/** Folders of parts that lack the mark of a finished job. */
function describeFolders(found: readonly Found[], files: readonly SourceFile[]): string[] {
  const folders = new Set(
    files.flatMap(({ path }) => (path.split('/').length > 2 ? [path.replace(/[^/]*$/, '')] : [])),
  )
  const paths = found.map(({ path }) => path)
  return [...folders].flatMap((folder) => {
    const isMarked = paths.some(
      (path) => path.startsWith(`${folder}_SUCCESS`) || path.startsWith(`${folder}_committed_`),
    )
    return isMarked ? [] : [`has no _SUCCESS, the job that wrote it may not be done: ${folder}`]
  })
}
