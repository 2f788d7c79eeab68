/** Ids as text: in paths, query parameters, cookies and file names. */
import { MAX_ID } from './schema.ts'

/** Canonical decimal: no sign, no leading zero. 16 digits hold 2^53 - 1. */
const CANONICAL = /^[1-9]\d{0,15}$/

/**
 * Reads an id in canonical decimal, so that each id has one spelling.
 *
 * @returns A whole number from 1 to 2^53 - 1, or undefined if the text is anything else.
 */
export function parseId(text: string): number | undefined {
  if (!CANONICAL.test(text)) return undefined
  const id = Number(text)
  return id <= MAX_ID ? id : undefined
}
