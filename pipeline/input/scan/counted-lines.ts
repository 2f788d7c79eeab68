/**
 * The loop that most lines of all logs pass: impressions are proven, parsed and counted at once, without a place for each
 * row in between. It accepts what plain-lines.ts accepts and no more; a line that does not fit, or whose pair has no cell
 * yet, ends it at the line's start.
 */
import type { Header } from './header.ts'
import { isInTableOrder } from './header.ts'
import type { PairCells } from './pair-counts.ts'
import { type LinesRange, SHORT_DIGITS } from './plain-lines.ts'

const ZERO = 48
/** Bytes less that of the digit 0. */
const LINE_FEED = 10 - ZERO
const RETURN = 13 - ZERO
const COMMA = 44 - ZERO

/** Lines that were counted, and where the first one begins that was not. */
interface CountedRun {
  readonly lines: number
  readonly end: number
}

/**
 * Counts lines in the cells of their pairs.
 *
 * @param range - Its end is the end of a line.
 */
export type CountLines = (block: Uint8Array, range: LinesRange, cells: PairCells) => CountedRun

/** Finds the loop for a file of impressions; null if it has other columns, or ours in another order. */
export function findLineCounter(header: Header): CountLines | null {
  if (!isInTableOrder(header) || header.isSegment) return null
  const isReturned = header.lineEnd === '\r\n'
  return (block, range, cells) => countLines(block, range, cells, isReturned)
}

/** `banner_id,campaign_id` */
function countLines(
  block: Uint8Array,
  { start, end }: LinesRange,
  { counts, firstBanner, bannerCount, firstCampaign, campaignCount }: PairCells,
  isReturned: boolean,
): CountedRun {
  let lines = 0
  let lineStart = start
  while (lineStart < end) {
    let at = lineStart
    let digit = (block[at] as number) - ZERO
    if (digit < 1 || digit > 9) break
    let banner = digit
    digit = (block[++at] as number) - ZERO
    while (digit >= 0 && digit <= 9) {
      banner = (banner * 10 + digit) | 0
      digit = (block[++at] as number) - ZERO
    }
    if (digit !== COMMA || at - lineStart > SHORT_DIGITS) break

    const fieldStart = ++at
    digit = (block[at] as number) - ZERO
    if (digit < 1 || digit > 9) break
    let campaign = digit
    digit = (block[++at] as number) - ZERO
    while (digit >= 0 && digit <= 9) {
      campaign = (campaign * 10 + digit) | 0
      digit = (block[++at] as number) - ZERO
    }
    if (at - fieldStart > SHORT_DIGITS) break

    if (isReturned) {
      if (digit !== RETURN) break
      digit = (block[++at] as number) - ZERO
    }
    if (digit !== LINE_FEED) break
    banner = (banner - firstBanner) >>> 0
    campaign = (campaign - firstCampaign) >>> 0
    if (banner >= bannerCount || campaign >= campaignCount) break
    const cell = Math.imul(banner, campaignCount) + campaign
    counts[cell] = (counts[cell] as number) + 1
    lines += 1
    lineStart = at + 1
  }
  return { lines, end: lineStart }
}
