/**
 * The token of a decision: what was shown, signed, in 90 characters. One token is in both URLs of a decision, so one
 * signature is enough.
 *
 *     byte  0       version
 *           1–3     key id
 *           4       dataset
 *           5–11    campaign            12–18  banner
 *           19–22   seconds since 1970  23–31  run     32–36  counter
 *           37–42   first digits of the build id       43–46  number of the change on top of it
 *           47–50   probability, a 32-bit float
 *           51–66   HMAC-SHA256 of what is before, its first 16 bytes
 *
 * Run and counter are the `event` of the lines that the token brings. A run names one process for a quarter of an hour, and
 * its first four bytes are the second in which it began: so a line in a log tells how old its token is.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Dataset } from './schema.ts'
import { createSigner, writeWord } from './short-hmac.ts'

const VERSION = 1
const PAYLOAD_BYTES = 51
const MAC_BYTES = 16
const TOKEN_BYTES = PAYLOAD_BYTES + MAC_BYTES
const TOKEN = /^[\w-]{90}$/
const AT = {
  ...{ keyId: 1, dataset: 4, campaign: 5, banner: 12, time: 19, run: 23, counter: 32 },
  ...{ build: 37, change: 43, probability: 47, mac: PAYLOAD_BYTES },
} as const
const KEY_ID_BYTES = 3
export const RUN_BYTES = 9
const BUILD_BYTES = 6
const HIGH = 2 ** 32

/** A key: what it signs is checked with it, and says which key that was. */
export interface EventKey {
  /** Three bytes. */
  readonly id: number
  /** 32 bytes. */
  readonly secret: Buffer
}

/** What was shown. */
export interface Decision {
  readonly dataset: Dataset
  readonly campaignId: number
  readonly bannerId: number
  /** `<id>` or `<id>+<n>`. */
  readonly buildId: string
  readonly probability: number
}

/** What a token says. */
export interface Token extends Omit<Decision, 'buildId'> {
  /** The first 12 digits of the build id, with `+<n>` if a change was on top. */
  readonly build: string
  /** Seconds since 1970. */
  readonly at: number
  /** In hexadecimal. */
  readonly run: string
  readonly counter: number
}

/** Which token it is, among those of a run. */
export interface TokenNumber {
  readonly seconds: number
  readonly run: Uint8Array
  readonly counter: number
}

/**
 * Makes the function that writes tokens.
 *
 * @param key - Signs.
 */
export function createTokenWriter({ id, secret }: EventKey) {
  const sign = createSigner(secret)
  const token = Buffer.alloc(TOKEN_BYTES)
  token[0] = VERSION
  token.writeUIntBE(id, AT.keyId, KEY_ID_BYTES)
  let writtenBuild = ''
  let writtenRun: Uint8Array | undefined
  let writtenProbability = 0
  return (decision: Decision, { seconds, run, counter }: TokenNumber): string => {
    token[AT.dataset] = decision.dataset
    writeId(token, decision.campaignId, AT.campaign)
    writeId(token, decision.bannerId, AT.banner)
    writeWord(token, seconds, AT.time)
    // What is mostly the same as before is not written again.
    if (writtenRun !== run) token.set(run, AT.run)
    writtenRun = run
    token[AT.counter] = Math.floor(counter / HIGH)
    writeWord(token, counter % HIGH, AT.counter + 1)
    if (writtenBuild !== decision.buildId) writeBuild(token, decision.buildId)
    writtenBuild = decision.buildId
    if (writtenProbability !== decision.probability) {
      token.writeFloatBE(decision.probability, AT.probability)
    }
    writtenProbability = decision.probability
    sign(token, PAYLOAD_BYTES, MAC_BYTES)
    return token.toString('base64url')
  }
}

/**
 * Reads a token that anybody may have made up.
 *
 * @param keys - Those that may have signed it.
 * @returns Null unless one of the keys has signed it; then nothing of it is known.
 */
export function readToken(text: string, keys: readonly EventKey[]): Token | null {
  if (!TOKEN.test(text)) return null
  const bytes = Buffer.from(text, 'base64url')
  // Bits that are not used: one token has one spelling.
  if (bytes.length !== TOKEN_BYTES || bytes.toString('base64url') !== text) return null
  const id = bytes.readUIntBE(AT.keyId, KEY_ID_BYTES)
  const isSigned = keys.some((key) => key.id === id && isSignedBy(bytes, key))
  return isSigned && bytes[0] === VERSION ? parseToken(bytes) : null
}

function isSignedBy(bytes: Buffer, { secret }: EventKey): boolean {
  const mac = createHmac('sha256', secret).update(bytes.subarray(0, AT.mac)).digest()
  return timingSafeEqual(mac.subarray(0, MAC_BYTES), bytes.subarray(AT.mac))
}

function parseToken(bytes: Buffer): Token {
  const build = bytes.toString('hex', AT.build, AT.build + BUILD_BYTES)
  const change = bytes.readUInt32BE(AT.change)
  return {
    dataset: bytes.readUInt8(AT.dataset) as Dataset,
    campaignId: readId(bytes, AT.campaign),
    bannerId: readId(bytes, AT.banner),
    build: change === 0 ? build : `${build}+${change}`,
    probability: bytes.readFloatBE(AT.probability),
    at: bytes.readUInt32BE(AT.time),
    run: bytes.toString('hex', AT.run, AT.run + RUN_BYTES),
    counter: bytes.readUInt8(AT.counter) * HIGH + bytes.readUInt32BE(AT.counter + 1),
  }
}

/** Seven bytes: ids are below 2^53. */
function writeId(bytes: Buffer, id: number, at: number): void {
  const high = Math.floor(id / HIGH)
  bytes[at] = high >>> 16
  bytes[at + 1] = high >>> 8
  bytes[at + 2] = high
  writeWord(bytes, id % HIGH, at + 3)
}

function readId(bytes: Buffer, at: number): number {
  return bytes.readUIntBE(at, 3) * HIGH + bytes.readUInt32BE(at + 3)
}

function writeBuild(bytes: Buffer, buildId: string): void {
  const [id = '', change = '0'] = buildId.split('+')
  bytes.fill(0, AT.build, AT.change)
  bytes.write(id.slice(0, 2 * BUILD_BYTES), AT.build, 'hex')
  bytes.writeUInt32BE(Number(change), AT.change)
}
