/** Numbers and times as the pages write them: the same for every visitor, so that pages can be compared. */
import { formatCount } from '../../contract/format-count.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/**
 * Writes revenue with commas and two to six decimals, none of them lost: 1,234.50.
 *
 * @param revenue - Plain decimal.
 */
export function formatRevenue(revenue: string): string {
  const [whole = '', decimals = ''] = revenue.split('.')
  return `${groupDigits(whole)}.${decimals.replace(/0+$/, '').padEnd(2, '0')}`
}

/**
 * Writes a sum of revenue with commas and two decimals, rounded half up: 1,234.50. Where banners are compared, all
 * decimals are written instead.
 *
 * @param revenue - Plain decimal with six places.
 */
export function formatSum(revenue: string): string {
  const cents = String((BigInt(revenue.replace('.', '')) + 5_000n) / 10_000n).padStart(3, '0')
  return `${groupDigits(cents.slice(0, -2))}.${cents.slice(-2)}`
}

/**
 * Writes revenues that are compared with each other, all with the same number of decimals: the fewest, two to six, with
 * which no two different ones look the same.
 *
 * @param revenues - Plain decimals with six places.
 */
export function formatAlike(revenues: readonly string[]): string[] {
  const millionths = revenues.map((revenue) => BigInt(revenue.replace('.', '')))
  const different = new Set(millionths).size
  const decimals = [2, 3, 4, 5].find((count) => {
    return new Set(millionths.map((amount) => roundTo(amount, count))).size === different
  })
  return millionths.map((amount) => formatRounded(roundTo(amount, decimals ?? 6), decimals ?? 6))
}

/** Writes a difference with its sign and two decimals: +1,234.50, −3.00, 0.00. */
export function formatChange(before: string, now: string): string {
  const change = BigInt(now.replace('.', '')) - BigInt(before.replace('.', ''))
  const amount = change < 0n ? -change : change
  const text = formatRounded(roundTo(amount, 2), 2)
  if (change === 0n) return text
  return `${change < 0n ? '−' : '+'}${text}`
}

/** Writes a rate with so many decimals; of nothing: a dash. */
export function formatRate(part: number, whole: number, decimals = 1): string {
  if (whole === 0) return '–'
  const [digits = '', rest] = ((1_000 * part) / whole).toFixed(decimals).split('.')
  return rest === undefined ? groupDigits(digits) : `${groupDigits(digits)}.${rest}`
}

/** Names the currency in a heading: `, EUR`; nothing if none is known. */
export function unit(currency: string): string {
  return currency === '' ? '' : `,${currency}`
}

/** Half up, in units of the last decimal. */
function roundTo(millionths: bigint, decimals: number): bigint {
  const unit = 10n ** BigInt(6 - decimals)
  return (millionths + unit / 2n) / unit
}

function formatRounded(amount: bigint, decimals: number): string {
  const digits = String(amount).padStart(decimals + 1, '0')
  return `${groupDigits(digits.slice(0, -decimals))}.${digits.slice(-decimals)}`
}

/** Writes a share, 0 to 1, in per cent: 34 %. What is not all or nothing never looks so. */
export function formatShare(share: number): string {
  if (share > 0 && share < 0.01) return 'under 1 %'
  if (share > 0.99 && share < 1) return 'over 99 %'
  return `${Math.round(share * 100)} %`
}

/** Writes how long ago something was, in its greatest unit: 3 hours ago. */
export function formatAge(ageMs: number): string {
  if (ageMs < MINUTE_MS) return 'just now'
  if (ageMs < HOUR_MS) return ago(ageMs / MINUTE_MS, 'minute')
  if (ageMs < 2 * DAY_MS) return ago(ageMs / HOUR_MS, 'hour')
  return ago(ageMs / DAY_MS, 'day')
}

/** Writes a moment to the minute: 2026-11-01 09:20 UTC. */
export function formatMoment(moment: Date): string {
  return `${formatMinute(moment)} UTC`
}

/** Writes a moment to the minute, below a title that says UTC: 2026-11-01 09:20. */
export function formatMinute(moment: Date): string {
  return moment.toISOString().slice(0, 16).replace('T', ' ')
}

/** Writes a time of the day: 09:20 UTC. */
export function formatTime(moment: Date): string {
  return `${moment.toISOString().slice(11, 16)} UTC`
}

/** Writes a number of things: 1 banner, 2 banners. */
export function formatNumberOf(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`
}

function ago(count: number, unit: string): string {
  return `${formatNumberOf(Math.floor(count), unit)} ago`
}

function groupDigits(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ',')
}
