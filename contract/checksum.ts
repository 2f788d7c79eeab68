/** JSON documents with a checksum of themselves: the last field is the sha256 of the text. */
import { createHash } from 'node:crypto'

const NO_CHECKSUM = '0'.repeat(64)

/** What stands behind the checksum at the end of a document. */
const END = '"\n}\n'

/**
 * Writes a document as JSON with a checksum: its last field is the sha256 of the text with zeros in that place.
 *
 * @param field - The name of that field.
 */
export function formatWithChecksum(document: object, field: string): string {
  const text = `${JSON.stringify({ ...document, [field]: NO_CHECKSUM }, null, 2)}\n`
  return putChecksum(text, createHash('sha256').update(text).digest('hex'))
}

/** Tells whether a text of {@link formatWithChecksum} is as it was written. */
export function matchesChecksum(text: string, field: string): boolean {
  const start = text.length - END.length - NO_CHECKSUM.length
  const checksum = text.slice(start, -END.length)
  if (!text.endsWith(END) || !/^[0-9a-f]{64}$/.test(checksum)) return false
  if (!text.slice(0, start).endsWith(`"${field}": "`)) return false
  return createHash('sha256').update(putChecksum(text, NO_CHECKSUM)).digest('hex') === checksum
}

/** Puts a checksum, or zeros, in its place. By position: a search for it would go through the whole text. */
function putChecksum(text: string, checksum: string): string {
  return text.slice(0, text.length - END.length - NO_CHECKSUM.length) + checksum + END
}
