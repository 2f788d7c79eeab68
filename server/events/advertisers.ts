/** Who may report conversions: a file with a line `<advertiser> <token>` for each; a line that is gone is revoked. */
import { createHash } from 'node:crypto'
import { readSmallFile } from '../../contract/small-file.ts'
import { type ActResult, readFingerprint, type Watcher, watch } from '../base/watch.ts'

/** Names the advertiser of an `Authorization` header; undefined: nobody's. */
export type AdvertiserCheck = (authorization: string | undefined) => string | undefined

/** The file of tokens is wrong, or cannot be read. */
export class AdvertisersError extends Error {
  override readonly name = 'AdvertisersError'
}

const MAX_BYTES = 1_000_000
const POLL_MS = 500
const LINE = /^([\w.-]{1,64})[ \t]+(\S+)$/
const HASHED = /^sha256:([0-9a-f]{64})$/i
/** Characters: what is shorter can be guessed. */
const LEAST_LENGTH = 16

/** Advertisers that are followed. */
export interface FollowedAdvertisers extends Pick<Watcher, 'stop' | 'actNow'> {
  readonly find: AdvertiserCheck
}

/** Nobody may. */
export const NO_ADVERTISERS: FollowedAdvertisers = {
  find: () => undefined,
  stop: () => {},
  actNow: async () => {},
}

/**
 * Reads the file, then follows it. One that is wrong, or gone, leaves the last good one, and is reported.
 *
 * @throws {AdvertisersError} If it cannot be used at the start.
 */
export async function followAdvertisers(
  path: string,
  report: (change: { readonly count: number } | { readonly error: Error }) => void,
): Promise<FollowedAdvertisers> {
  const look = () => readFingerprint(path)
  const seen = await look().catch((error) => {
    throw describeError(error, path)
  })
  let known = await readAdvertisers(path)
  let told = ''
  const act = async (): Promise<ActResult> => {
    try {
      known = await readAdvertisers(path)
      told = ''
      report({ count: known.size })
      return 'good'
    } catch (error) {
      const { message } = error as Error
      if (message !== told) report({ error: error as Error })
      told = message
      return 'failed'
    }
  }
  const { stop, actNow } = watch({ look, act, seen, everyMs: POLL_MS })
  return { stop, actNow, find: (header) => known.get(hashToken(header)) }
}

/** By the hash of their token: comparing hashes tells nothing about how much of a token is right. */
async function readAdvertisers(path: string): Promise<ReadonlyMap<string, string>> {
  const bytes = await readSmallFile(path, { maxBytes: MAX_BYTES }).catch((error) => {
    throw describeError(error, path)
  })
  const advertisers = new Map<string, string>()
  for (const [i, text] of bytes.toString().split('\n').entries()) {
    const line = text.trim()
    if (line === '' || line.startsWith('#')) continue
    const [, name, token = ''] = LINE.exec(line) ?? []
    const isShort = token.length < LEAST_LENGTH
    if (name === undefined || isShort) {
      const fault =
        name === undefined
          ? "is not '<advertiser> <token>'"
          : 'has a token of fewer than 16 characters'
      throw new AdvertisersError(`the conversion tokens are wrong, line ${i + 1} ${fault}: ${path}`)
    }
    advertisers.set(HASHED.exec(token)?.[1]?.toLowerCase() ?? hashText(token), name)
  }
  return advertisers
}

function hashToken(header: string | undefined): string {
  const token = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1]
  return token === undefined ? '' : hashText(token)
}

function hashText(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function describeError(error: NodeJS.ErrnoException, path: string): AdvertisersError {
  const reason = error.code === undefined ? error.message : `cannot be read (${error.code})`
  return new AdvertisersError(`the conversion tokens ${reason}: ${path}`)
}
