/**
 * The kill switch: banners and campaigns that are not to be shown from now on, without another build.
 *
 *     # one entry a line; what follows # is a comment
 *     banner 30
 *     campaign 7
 *     31              a bare number is a banner
 */
import { parseId } from './ids.ts'

/** Name of the published denylist, beside the builds: in an artifacts folder, or below the prefix of a bucket. */
export const DENYLIST_FILE = 'denylist.txt'

/** Bytes: 50,000 entries. A greater file is a mistake, and reading it would hold up requests. */
export const MAX_DENYLIST_BYTES = 1_000_000

/** What is not to be shown. */
export interface Denylist {
  readonly banners: ReadonlySet<number>
  readonly campaigns: ReadonlySet<number>
}

/** A denylist that cannot be read. The message is one line for the operator. */
export class DenylistError extends Error {
  override readonly name = 'DenylistError'
}

/** Denies nothing. */
export const NO_DENYLIST: Denylist = { banners: new Set(), campaigns: new Set() }

const ENTRY = /^(?:(banner|campaign)\s+)?(\d+)$/

/**
 * Reads a denylist. A single bad line makes the whole list bad: half a kill switch is worse than the one before.
 *
 * @throws {DenylistError} If a line is neither an entry nor empty, naming the line.
 */
export function parseDenylist(text: string): Denylist {
  const banners = new Set<number>()
  const campaigns = new Set<number>()
  for (const [index, line] of text.split('\n').entries()) {
    const entry = line.replace(/#.*/, '').trim()
    if (entry === '') continue
    const [, kind, digits = ''] = ENTRY.exec(entry) ?? []
    const id = parseId(digits)
    if (id === undefined) {
      throw new DenylistError(
        `line ${index + 1} is neither 'banner <id>' nor 'campaign <id>': ${JSON.stringify(entry.slice(0, 80))}`,
      )
    }
    if (kind === 'campaign') campaigns.add(id)
    else banners.add(id)
  }
  return { banners, campaigns }
}

/**
 * Reads a denylist from its bytes.
 *
 * @throws {DenylistError} As {@link parseDenylist}; if there are more bytes than {@link MAX_DENYLIST_BYTES}.
 */
export function parseDenylistBytes(bytes: Buffer): Denylist {
  if (bytes.length > MAX_DENYLIST_BYTES) {
    throw new DenylistError(`has ${bytes.length} bytes, at most ${MAX_DENYLIST_BYTES} are read`)
  }
  return parseDenylist(bytes.toString('utf8'))
}
