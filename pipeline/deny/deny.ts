/** Checking a denylist and publishing it beside the builds, from where servers and functions follow it. */
import {
  type Denylist,
  DenylistError,
  MAX_DENYLIST_BYTES,
  parseDenylistBytes,
} from '../../contract/denylist.ts'
import { readSmallFile, SmallFileError } from '../../contract/small-file.ts'
import { isSystemError, PipelineError } from '../base/errors.ts'
import type { UnknownIds } from './unknown-ids.ts'

/** A list that holds from now on. */
export interface PublishedDenylist {
  /** Where it is: a path, or a URL of a bucket. */
  readonly place: string
  readonly list: Denylist
  /** What of it the current build does not know; undefined: there is no build beside it. */
  readonly unknown: UnknownIds | undefined
}

/** Writes a list where servers follow it, a folder or a bucket. */
export type PublishList = (
  bytes: Buffer,
  list: Denylist,
) => Promise<Omit<PublishedDenylist, 'list'>>

/** The file that stands for stdin. */
const STDIN = '-'

/**
 * Publishes a denylist. It is checked before, and compared with the current build after it is published.
 *
 * @param file - A path; `-` reads stdin.
 * @throws {PipelineError} If the list is bad, or the place cannot be written: what was published before stays.
 */
export async function publishDenylist(
  file: string,
  publish: PublishList,
): Promise<PublishedDenylist> {
  const bytes = await readList(file)
  const list = checkList(bytes, file)
  return { list, ...(await publish(bytes, list)) }
}

async function readList(file: string): Promise<Buffer> {
  if (file === STDIN) return readStdin()
  try {
    return await readSmallFile(file, { maxBytes: MAX_DENYLIST_BYTES })
  } catch (error) {
    if (error instanceof SmallFileError) throw badList(error.message, file)
    if (isSystemError(error)) throw badList(`cannot be read (${error.code})`, file)
    throw error
  }
}

async function readStdin(): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of process.stdin) {
    chunks.push(Buffer.from(chunk))
    length += chunk.length
    // The parser refuses it: no need to read the rest.
    if (length > MAX_DENYLIST_BYTES) break
  }
  return Buffer.concat(chunks)
}

function checkList(bytes: Buffer, file: string): Denylist {
  try {
    return parseDenylistBytes(bytes)
  } catch (error) {
    if (error instanceof DenylistError) throw badList(error.message, file)
    throw error
  }
}

function badList(reason: string, file: string): PipelineError {
  const name = file === STDIN ? 'stdin' : file
  return new PipelineError(`the denylist ${reason}, so nothing is published: ${name}`)
}
