/** JSON documents that vouch for every bit of themselves: the last field is the sha256 of the text. */
import { createHash } from 'node:crypto'

const UNSEALED = '0'.repeat(64)

/**
 * Writes a document as JSON with a seal: its last field is the sha256 of the text with zeros in that place.
 *
 * @param field - The name of that field.
 */
export function formatSealed(document: object, field: string): string {
  const text = `${JSON.stringify({ ...document, [field]: UNSEALED }, null, 2)}\n`
  return text.replace(sealIn(field), sealOf(text, field))
}

/** Tells whether a text of {@link formatSealed} is as it was written. */
export function isSealed(text: string, field: string): boolean {
  return sealIn(field).exec(text)?.[0] === sealOf(text, field)
}

/** The last field, with which the text ends. */
function sealIn(field: string): RegExp {
  return new RegExp(`(?<="${field}": ")[0-9a-f]{64}(?="\\n}\\n$)`)
}

function sealOf(text: string, field: string): string {
  return createHash('sha256')
    .update(text.replace(sealIn(field), UNSEALED))
    .digest('hex')
}
