/** How far the project's implementations of the gamma distribution may be apart, before rounding. */
const TOLERANCE = 1e-9

/**
 * Finds numbers of a document that differ from those of the reference, or are missing.
 *
 * @returns Paths and both values; empty if all agree.
 */
export function findDifferences(actual: unknown, expected: unknown, path = ''): string[] {
  if (typeof actual === 'number' && typeof expected === 'number') {
    const isClose = Math.abs(actual - expected) <= TOLERANCE * Math.max(1, Math.abs(expected))
    return isClose ? [] : [`${path}: ${actual}, not ${expected}`]
  }
  if (isObject(actual) && isObject(expected)) {
    // The reference tells where the gate is closed, too.
    const names = new Set([...Object.keys(actual), ...Object.keys(expected)].filter(isCompared))
    return [...names].flatMap((name) =>
      findDifferences(actual[name], expected[name], `${path}.${name}`),
    )
  }
  return actual === expected ? [] : [`${path}: ${actual}, not ${expected}`]
}

function isCompared(name: string): boolean {
  return name !== 'gated'
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
