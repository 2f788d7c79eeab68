import type { PairCounts } from '../../../pipeline/state/pair-counts.ts'
import type { CountsState } from '../../../pipeline/state/state.ts'
import type { Recount, RecountedPairs } from './recount.ts'

/** Writes what a state says as the naive recount does. */
export function describeState(state: CountsState): Recount {
  return { pairs: describePairs(state.pairs()), files: describeFiles(state) }
}

/** Writes counts of pairs as the naive recount does. */
export function describePairs(counts: PairCounts): RecountedPairs {
  const texts = Array.from({ length: counts.size }, (_, at) => [
    [counts.dataset[at], counts.campaign[at], counts.banner[at]].join('|'),
    [counts.impressions[at], counts.clicks[at], counts.conversions[at], counts.revenue[at]].join(
      '|',
    ),
  ])
  return Object.fromEntries(texts)
}

function describeFiles(state: CountsState): Recount['files'] {
  const texts = state.accounts().map((account) => {
    const { path, rows, accepted, rejected, duplicates, unfit } = account
    const lines = unfit.map(({ line, reason }) => `${line} ${reason}`)
    return [path, [`${rows}|${accepted}|${rejected}|${duplicates}`, ...lines]]
  })
  return Object.fromEntries(texts)
}
