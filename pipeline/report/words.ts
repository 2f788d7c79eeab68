/** Numbers as the report writes them: the same on every machine. */
import { formatCount } from '../../contract/format-count.ts'

let amounts: Intl.NumberFormat | undefined

/** Money, in the unit of the input: `1,204.50`. */
export function moneyWords(amount: number): string {
  amounts ??= new Intl.NumberFormat('en-US', {
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
  })
  return amounts.format(amount)
}

/** `31.2 %`; a share of nothing is a dash. What is not all is never written as 100.0 %, nor what is some as 0.0 %. */
export function shareWords(part: number, whole: number): string {
  if (whole === 0) return '–'
  const percent = (100 * part) / whole
  if (part !== whole && percent > 99.9) return '> 99.9 %'
  if (part !== 0 && percent < 0.1) return '< 0.1 %'
  return `${percent.toFixed(1)} %`
}

/** `1 pool`, `2 pools` */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`
}
