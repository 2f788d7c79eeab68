/** Writes a whole number with commas, the same on every machine: `796,001`. */
export function formatCount(count: number): string {
  // Not by Intl: its first use takes longer than a small build has for all of its lines.
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',')
}
