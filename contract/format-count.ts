let counts: Intl.NumberFormat | undefined

/** Writes a whole number with commas, the same on every machine: `796,001`. */
export function formatCount(count: number): string {
  // Made once and when it is needed: each `toLocaleString` makes one of its own, which takes longer than its use.
  counts ??= new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
  return counts.format(count)
}
