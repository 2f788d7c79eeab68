/** The files below the input folder, by path; what leads out of it is not followed. */
import type { Dirent } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { PipelineError } from '../base/errors.ts'
import { readDataset, readPath, readTable } from './names.ts'

/** Something below the input folder. */
export interface Found {
  /** With `/`; that of a folder ends in `/`. */
  readonly path: string
  readonly fullPath: string
  /** `other`: a pipe, a socket or a device. */
  readonly kind: 'file' | 'link' | 'other' | 'folder'
}

/** Where to look. */
export interface WalkOptions {
  readonly input: string
  /** Links that lead out of the input folder are followed. */
  readonly followLinks: boolean
  /** A folder below the input that is not looked at, if it is there: that of the artifacts. */
  readonly except: string | null
}

/** So many files are looked at in folders that are not read; more tell nothing new. */
const MOST_UNREAD = 10_000

/** What a walk found. */
export interface Walked {
  /** Folders stand before what is in them. */
  readonly found: readonly Found[]
  /** There were more files that are not read than anybody wants to hear of. */
  readonly isCut: boolean
}

/** Lists what is below the input folder. Hidden names are left out. */
export async function walkInput(options: WalkOptions): Promise<Walked> {
  const found: Found[] = []
  const unread = { left: MOST_UNREAD }
  await walk('', { ...options, found, unread })
  return { found, isCut: unread.left < 0 }
}

interface Walk extends WalkOptions {
  readonly found: Found[]
  readonly unread: { left: number }
}

async function walk(below: string, options: Walk): Promise<void> {
  for (const entry of await readFolder(join(options.input, below))) {
    if (entry.name.startsWith('.')) continue
    const path = below + entry.name
    const fullPath = join(options.input, path)
    if (fullPath === options.except) continue
    if (!isRead(path)) {
      options.unread.left -= 1
      if (options.unread.left < 0) continue
    }
    const kind = findKind(entry)
    const isFolder = kind === 'folder' || (kind === 'link' && (await isFollowed(path, options)))
    options.found.push({
      path: isFolder ? `${path}/` : path,
      fullPath,
      kind: isFolder ? 'folder' : kind,
    })
    if (isFolder) await walk(`${path}/`, options)
  }
}

function findKind(entry: Dirent): Found['kind'] {
  if (entry.isFile()) return 'file'
  if (entry.isDirectory()) return 'folder'
  return entry.isSymbolicLink() ? 'link' : 'other'
}

/** A path that is read, or leads to such. */
function isRead(path: string): boolean {
  const [first = '', second] = path.split('/')
  if (second === undefined) return true
  return (
    readDataset(first) !== null && (readTable(second) !== null || readPath(path)?.kind === 'log')
  )
}

/** A link is followed where a folder of logs is expected, and nowhere else. */
async function isFollowed(path: string, { input, followLinks }: WalkOptions): Promise<boolean> {
  const names = path.split('/')
  const [first = '', second = ''] = names
  const isDataset = names.length === 1 && readDataset(first) !== null
  const isLog = names.length === 2 && readDataset(first) !== null && readTable(second) !== null
  if (!isDataset && !isLog) return false
  const fullPath = join(input, path)
  const target = await stat(fullPath).catch(() => null)
  if (target?.isDirectory() !== true) return false
  await assertInside(fullPath, { input, followLinks })
  return true
}

/**
 * Makes sure that a link stays in the input folder, if it has to.
 *
 * @throws {PipelineError} If it leads out of it, or nowhere.
 */
export async function assertInside(
  link: string,
  { input, followLinks }: Pick<WalkOptions, 'input' | 'followLinks'>,
): Promise<void> {
  const target = await realpath(link).catch(() => null)
  if (target === null) throw new PipelineError(`is a link that leads nowhere, remove it: ${link}`)
  if (followLinks || target.startsWith(`${await realpath(input)}${sep}`)) return
  throw new PipelineError(
    `is a link out of the input folder, --follow-links reads what it leads to: ${link}`,
  )
}

async function readFolder(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const remedy = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`
    throw new PipelineError(`input folder ${remedy}, see --input: ${folder}`)
  }
}
