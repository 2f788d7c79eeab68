import type { Estimate, Verdict } from '../../contract/evaluation.ts'

/** A p-value at or below it counts as a difference. */
export const LEVEL = 0.05

/** Adjusts p-values for their number by Benjamini and Hochberg; null stays null. */
export function adjustPValues(values: readonly (number | null)[]): (number | null)[] {
  const tested = values.flatMap((value, index) => (value === null ? [] : [{ value, index }]))
  tested.sort((a, b) => a.value - b.value || a.index - b.index)
  const adjusted: (number | null)[] = values.map(() => null)
  let least = 1
  for (const [place, { value, index }] of [...tested.entries()].reverse()) {
    least = Math.min(least, (value * tested.length) / (place + 1))
    adjusted[index] = least
  }
  return adjusted
}

/** Judges by whether the interval of the lift leaves 0 out. */
export function judgeLift({ low, high }: Estimate): Verdict {
  if (low !== null && low > 0) return 'the rule beats chance'
  return high !== null && high < 0 ? 'the rule loses to chance' : 'no difference shown'
}

/** Judges one pool of many: its banners must differ, too, after adjustment. */
export function judgePool(lift: Estimate, adjusted: number | null): Verdict {
  return adjusted !== null && adjusted <= LEVEL ? judgeLift(lift) : 'no difference shown'
}
