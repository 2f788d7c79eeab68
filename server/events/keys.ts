/** The keys that sign tokens and click ids. */

import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { makeFolders } from '../../contract/folders.ts'
import { readSmallFile } from '../../contract/small-file.ts'
import type { EventKey } from '../../contract/token.ts'

/** Holds the keys, separated by commas; the first one signs. */
export const KEY_VARIABLE = 'BANNER_POOLS_EVENT_KEY'

/** Characters: what is shorter can be guessed. */
const LEAST_LENGTH = 16
const MAX_FILE_BYTES = 65_536
const NEW_KEY_BYTES = 32
const KEY_ID_BYTES = 3
const MAC_LENGTH = 22
/** Read and write for the owner, nothing for others. */
const PRIVATE_MODE = 0o600

/** Keys that cannot be used; the message says what to correct. */
export class EventKeyError extends Error {
  override readonly name = 'EventKeyError'
}

/** Where the keys are. */
export interface KeySource {
  /** Of the environment; undefined: there is none. */
  readonly text: string | undefined
  /** Undefined: beside the folder. */
  readonly file: string | undefined
  /** The folder that is collected into; undefined: another machine collects, whose key it must be. */
  readonly folder: string | undefined
}

/**
 * Reads the keys: of the environment, of a file, or of `<folder>.key`, which is made if it is missing.
 *
 * @returns At least one; the first one signs.
 * @throws {EventKeyError} If there is none that can be used.
 */
export async function readKeys({ text, file, folder }: KeySource): Promise<readonly EventKey[]> {
  if (text !== undefined) return parseKeys(text.split(','), KEY_VARIABLE)
  const path = file ?? (folder === undefined ? undefined : `${folder.replace(/\/+$/, '')}.key`)
  if (path === undefined) {
    throw new EventKeyError(
      `--collect-url needs the key of the machine that collects: ${KEY_VARIABLE} or --event-key-file`,
    )
  }
  try {
    if (file === undefined) await makeKeyFile(path)
    const bytes = await readSmallFile(path, { maxBytes: MAX_FILE_BYTES })
    return parseKeys(bytes.toString().split(/[\n,]/), path)
  } catch (error) {
    if (error instanceof EventKeyError) throw error
    throw new EventKeyError(`the event keys cannot be read: ${path}: ${(error as Error).message}`)
  }
}

/** Signs a click id, so that nobody counts upwards: `<number>.<code>`. */
export function signClickId(clickId: number, key: EventKey): string {
  return `${clickId}.${macOf(clickId, key)}`
}

/**
 * Reads a signed click id.
 *
 * @returns Undefined unless one of the keys has signed it.
 */
export function readClickId(text: string, keys: readonly EventKey[]): number | undefined {
  const [, digits, mac = ''] = /^([1-9]\d{0,15})\.([\w-]{22})$/.exec(text) ?? []
  if (digits === undefined) return undefined
  const clickId = Number(digits)
  const given = Buffer.from(mac)
  const isSigned = keys.some((key) => timingSafeEqual(given, Buffer.from(macOf(clickId, key))))
  return isSigned ? clickId : undefined
}

/** A token's message begins with its version, 1, so that neither is taken for the other. */
function macOf(clickId: number, { secret }: EventKey): string {
  const mac = createHmac('sha256', secret).update(`click ${clickId}`).digest('base64url')
  return mac.slice(0, MAC_LENGTH)
}

/** Two processes may make it at once: the file of the first one counts. */
async function makeKeyFile(path: string): Promise<void> {
  await makeFolders(dirname(path))
  const file = await open(path, 'wx', PRIVATE_MODE).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') return null
    throw error
  })
  if (file === null) return
  try {
    await file.writeFile(`${randomBytes(NEW_KEY_BYTES).toString('hex')}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
}

function parseKeys(texts: readonly string[], source: string): readonly EventKey[] {
  const keys = texts
    .map((text) => text.trim())
    .filter((text) => text !== '' && !text.startsWith('#'))
  if (keys.length === 0) throw new EventKeyError(`there is no event key: ${source}`)
  if (keys.some((text) => text.length < LEAST_LENGTH)) {
    throw new EventKeyError(
      `an event key has fewer than ${LEAST_LENGTH} characters, make one with 'openssl rand -hex 32': ${source}`,
    )
  }
  return keys.map(toKey)
}

/** Whatever its length, it becomes 32 bytes. */
function toKey(text: string): EventKey {
  const secret = createHash('sha256').update(`banner pools event key ${text}`).digest()
  const id = createHash('sha256').update(secret).digest().readUIntBE(0, KEY_ID_BYTES)
  return { id, secret }
}
