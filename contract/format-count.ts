/** Writes a whole number with commas, the same on every machine: `796,001`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US', { maximumFractionDigits: 0 })
}
