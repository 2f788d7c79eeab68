/** Rounding comes last, and once. */

const DECIMALS = 1e6

/** A document with all its numbers rounded to 6 decimals; whole numbers stay as they are. */
export function roundNumbers<T>(document: T): T {
  return JSON.parse(
    JSON.stringify(document, (_, value: unknown) =>
      typeof value === 'number' ? round(value) : value,
    ),
  )
}

/** Half away from 0; never -0. */
function round(value: number): number {
  if (Number.isInteger(value)) return value
  return (Math.sign(value) * Math.round(Math.abs(value) * DECIMALS)) / DECIMALS + 0
}
