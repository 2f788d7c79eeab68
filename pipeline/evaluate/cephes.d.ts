/** The few functions that are used here: the package's own types are not reachable by its `exports`. */
declare module 'cephes' {
  export const compiled: Promise<void>
  /** Regularised lower incomplete gamma function. */
  export function igam(shape: number, x: number): number
  /** Regularised upper incomplete gamma function. */
  export function igamc(shape: number, x: number): number
  /** Logarithm of the gamma function. */
  export function lgam(x: number): number
}
