/** What a file is that is no CSV in UTF-8, by its first bytes. */

/** First bytes of files that are mistaken for CSV, and what to do. */
const SIGNATURES: readonly (readonly [bytes: readonly number[], message: string])[] = [
  [[0x50, 0x4b, 0x03, 0x04], 'is a zip archive or an Excel workbook, export it as CSV'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'is zstd-compressed, unpack it or pack it as .csv.gz'],
  [[0x42, 0x5a, 0x68, 0x39], 'is bzip2-compressed, unpack it or pack it as .csv.gz'],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], 'is xz-compressed, unpack it or pack it as .csv.gz'],
  [[0x50, 0x41, 0x52, 0x31], 'is a Parquet file, export it as CSV'],
  [[0xd0, 0xcf, 0x11, 0xe0], 'is an Excel workbook, export it as CSV'],
]

const GZIP = [0x1f, 0x8b]

/** Marks of an encoding, the longer ones first. */
const MARKS: readonly (readonly [bytes: readonly number[], encoding: string])[] = [
  [[0xff, 0xfe, 0, 0], 'UTF-32'],
  [[0, 0, 0xfe, 0xff], 'UTF-32'],
  [[0xff, 0xfe], 'UTF-16'],
  [[0xfe, 0xff], 'UTF-16'],
]

/** Where the NUL bytes of the first four stand if the text begins with ASCII: 0 = NUL, 1 = not. */
const NULS: Readonly<Record<string, string>> = {
  '1000': 'UTF-32',
  '0001': 'UTF-32',
  '1010': 'UTF-16',
  '0101': 'UTF-16',
}

/**
 * Says what is wrong with a file as a whole.
 *
 * @param start - Its first bytes, unpacked if it is packed.
 * @returns A message that lacks the file's name; null if it may be text in UTF-8.
 */
export function describeForeignFile(start: Uint8Array, isPacked: boolean): string | null {
  if (beginsWith(start, GZIP)) {
    return isPacked ? 'is packed twice, unpack it once' : 'is gzip-compressed, name it .csv.gz'
  }
  for (const [bytes, message] of SIGNATURES) if (beginsWith(start, bytes)) return message
  const encoding = findEncoding(start)
  return encoding === null ? null : `is ${encoding}, save it as UTF-8`
}

function findEncoding(start: Uint8Array): string | null {
  for (const [bytes, encoding] of MARKS) if (beginsWith(start, bytes)) return encoding
  const nuls = Array.from(start.subarray(0, 4), (byte) => (byte === 0 ? 0 : 1)).join('')
  return NULS[nuls] ?? null
}

function beginsWith(start: Uint8Array, bytes: readonly number[]): boolean {
  return bytes.every((byte, at) => start[at] === byte)
}
