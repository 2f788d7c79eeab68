/** How a file is packed, as the end of its name says, in either case. */
const PACKED = /\.gz$/i

/** Tells whether a file is packed. */
export function isPacked(path: string): boolean {
  return PACKED.test(path)
}

/** The path of a log without its packing: packing a file later does not make it another log. */
export function withoutPacking(path: string): string {
  return path.replace(PACKED, '')
}
