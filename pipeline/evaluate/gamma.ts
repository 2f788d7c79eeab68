/** The gamma distribution with scale 1, by the Cephes library. Its WebAssembly is compiled when this is imported. */
import { compiled, igam, igamc, lgam } from 'cephes'

await compiled

const MAX_STEPS = 200
const PRECISION = 1e-15

/**
 * Computes the chance that a gamma variable is at least `x`. Relative error below 1e-9 up to a shape of 1e5, and below
 * 1e-7 up to 1e7, against SciPy.
 */
export function gammaSurvival(shape: number, x: number): number {
  return x <= 0 ? 1 : orZero(() => igamc(shape, x))
}

/**
 * Finds the value below which a gamma variable is with chance `p`: Newton's method, kept between bounds.
 *
 * @returns 0 where it is too small for a double.
 */
export function gammaQuantile(shape: number, p: number): number {
  // Of the lesser tail, since it keeps its digits.
  const excess = (x: number) =>
    p < 0.5 ? orZero(() => igam(shape, x)) - p : 1 - p - orZero(() => igamc(shape, x))
  let low = 0
  let high = Number.POSITIVE_INFINITY
  let x = findStart(shape, p)
  if (x === 0) return 0
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const error = excess(x)
    if (error > 0) high = x
    else low = x
    const density = Math.exp((shape - 1) * Math.log(x) - x - lgam(shape))
    const newton = x - error / density
    const next = newton > low && newton < high ? newton : between(low, high)
    if (Math.abs(next - x) <= PRECISION * x) return next
    x = next
  }
  return x
}

/** Wilson and Hilferty's cube, or the first term of the series where that is not above 0. */
function findStart(shape: number, p: number): number {
  const z = p < 0.5 ? -2 : 2
  const cube = 1 - 1 / (9 * shape) + z / (3 * Math.sqrt(shape))
  if (shape > 1 && cube > 0.1) return shape * cube ** 3
  return Math.exp((Math.log(p) + lgam(shape + 1)) / shape)
}

function between(low: number, high: number): number {
  return high === Number.POSITIVE_INFINITY ? 2 * low : (low + high) / 2
}

/** The library throws where a result is too small for a double. */
function orZero(fn: () => number): number {
  try {
    return fn()
  } catch (error) {
    if (error instanceof Error && /underflow/.test(error.message)) return 0
    throw error
  }
}
