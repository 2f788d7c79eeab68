/** What kind of picture some bytes are. A file's name may lie: the published pictures are JPEG named `.png`. */

/** Bytes that {@link imageType} looks at. */
export const SIGNATURE_BYTES = 16

// The first 16 bytes as Latin-1 text, one character a byte. AVIF: ISO media whose major brand is avif or avis.
const SIGNATURES: readonly (readonly [type: string, start: RegExp])[] = [
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/png', /^\x89PNG\r\n.\n/],
  ['image/gif', /^GIF8[79]a/],
  ['image/webp', /^RIFF.{4}WEBP/s],
  ['image/avif', /^.{4}ftypavi[fs]/s],
]

/**
 * Tells the media type of a picture.
 *
 * @param bytes - At least the first {@link SIGNATURE_BYTES}.
 * @returns Undefined if it is none of JPEG, PNG, GIF, WebP and AVIF.
 * @see https://mimesniff.spec.whatwg.org/#matching-an-image-type-pattern
 */
export function imageType(bytes: Uint8Array): string | undefined {
  const start = Buffer.from(bytes.subarray(0, SIGNATURE_BYTES)).toString('latin1')
  return SIGNATURES.find(([, signature]) => signature.test(start))?.[0]
}
