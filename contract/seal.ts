/** JSON documents that vouch for every bit of themselves: the last field is the sha256 of the text. */
import { createHash } from 'node:crypto'

const UNSEALED = '0'.repeat(64)

/** What stands behind the checksum at the end of a document. */
const END = '"\n}\n'

/**
 * Writes a document as JSON with a seal: its last field is the sha256 of the text with zeros in that place.
 *
 * @param field - The name of that field.
 */
export function formatSealed(document: object, field: string): string {
  const text = `${JSON.stringify({ ...document, [field]: UNSEALED }, null, 2)}\n`
  return withSeal(text, createHash('sha256').update(text).digest('hex'))
}

/** Tells whether a text of {@link formatSealed} is as it was written. */
export function isSealed(text: string, field: string): boolean {
  const start = text.length - END.length - UNSEALED.length
  const seal = text.slice(start, -END.length)
  if (!text.endsWith(END) || !/^[0-9a-f]{64}$/.test(seal)) return false
  if (!text.slice(0, start).endsWith(`"${field}": "`)) return false
  return createHash('sha256').update(withSeal(text, UNSEALED)).digest('hex') === seal
}

/** Puts a checksum, or zeros, in its place. By position: a search for it would go through the whole text. */
function withSeal(text: string, seal: string): string {
  return text.slice(0, text.length - END.length - UNSEALED.length) + seal + END
}
