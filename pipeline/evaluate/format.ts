/** Gains and shares for people. */
import type { Estimate } from '../../contract/evaluation.ts'

/** A difference with its range: `+30 (−1 to +70)`; with one decimal where all are below 10. */
export function formatGain({ value, low, high }: Estimate): string {
  if (value === null) return 'unknown'
  const all = low === null || high === null ? [value] : [value, low, high]
  const decimals = all.every((one) => Math.abs(one) < 10) ? 1 : 0
  const [gain, ...ends] = all.map((one) => formatSigned(one, decimals))
  return ends.length === 0 ? `${gain}` : `${gain} (${ends.join(' to ')})`
}

/** Whole percent. */
export function formatShare(share: number | null): string {
  return share === null ? 'unknown' : `${Math.round(share * 100)} %`
}

function formatSigned(value: number, decimals: number): string {
  const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals }
  const text = Math.abs(value).toLocaleString('en', digits)
  const isZero = Number(text.replaceAll(',', '')) === 0
  return isZero ? text : `${value > 0 ? '+' : '−'}${text}`
}
