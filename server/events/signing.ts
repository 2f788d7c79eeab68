/** Signing decisions in a process that collects nothing itself: it carries none of what writes. */
import { createTokenWriter, type EventKey } from '../../contract/token.ts'
import type { DecisionEvents } from '../banner/service.ts'
import type { Settings } from '../settings.ts'
import { KEY_VARIABLE, readKeys } from './keys.ts'
import { createMark, createNumbering } from './run.ts'

/**
 * Starts to sign decisions whose events another machine collects.
 *
 * @returns Undefined: no such machine is named.
 * @throws {EventKeyError} If its key is not given, or cannot be used.
 */
export async function startSigning(settings: Settings): Promise<DecisionEvents | undefined> {
  const { collectUrl: baseUrl } = settings
  if (baseUrl === undefined) return undefined
  const [key] = await readEventKeys(settings)
  if (key === undefined) throw new RangeError('there is no event key')
  const write = createTokenWriter(key)
  const number = createNumbering(createMark(baseUrl))
  return { baseUrl, sign: (decision) => write(decision, number(new Date())), countOptOut: () => {} }
}

/** Reads the keys that the settings name. */
export function readEventKeys({ collect, eventKeyFile }: Settings): Promise<readonly EventKey[]> {
  return readKeys({ text: process.env[KEY_VARIABLE], file: eventKeyFile, folder: collect })
}
