/** Amounts as the logs store them: decimal(18,6), rounded half up. */

const DECIMALS = 6
const AMOUNT = /^(\d{1,12})(?:\.(\d{1,100}))?$/
const GREATEST = 10n ** 18n - 1n
const MILLION = 1_000_000n

/**
 * Reads a plain decimal, 0 or more.
 *
 * @returns Millionths; undefined if it is anything else, or too great.
 */
export function parseMicros(text: string): bigint | undefined {
  const [, whole, fraction = ''] = AMOUNT.exec(text) ?? []
  if (whole === undefined) return undefined
  const kept = BigInt(whole + fraction.slice(0, DECIMALS).padEnd(DECIMALS, '0'))
  const micros = kept + ((fraction[DECIMALS] ?? '0') >= '5' ? 1n : 0n)
  return micros > GREATEST ? undefined : micros
}

/** Writes millionths as a plain decimal, without zeros at the end. */
export function formatMicros(micros: bigint): string {
  const fraction = String(micros % MILLION)
    .padStart(DECIMALS, '0')
    .replace(/0+$/, '')
  return `${micros / MILLION}${fraction === '' ? '' : `.${fraction}`}`
}
