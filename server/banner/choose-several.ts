/** Several banners at once, for the slots of a page: drawn without replacement. Pure functions. */
import { bannersOf, type Pools } from '../pools/pools.ts'
import { type Choice, type ChoiceRequest, isAllowed } from './choose.ts'
import type { NoChoice } from './outcomes.ts'

/**
 * Chooses up to `count` banners, none twice, among those of the pool that are neither denied nor excluded. The visitor's
 * last banner is among them only where fewer than `count` others are left, and then comes at the end, so that it is not
 * seen twice in a row.
 *
 * @param slot - From `slotOf`.
 * @returns At least one; `probability` of each is its chance to be among them. Their order is random.
 */
export function chooseBanners(
  pools: Pools,
  slot: number,
  request: ChoiceRequest,
  count: number,
): readonly Choice[] | NoChoice {
  const pool = bannersOf(pools, slot)
  if (pool.length === 0) return 'no_pool'
  const poolSize = pool.filter((bannerId) => !request.denied.has(bannerId)).length
  if (poolSize === 0) return 'disabled'
  const allowed = pool.filter((bannerId) => isAllowed(bannerId, request))
  if (allowed.length === 0) return 'all_excluded'
  const fresh = allowed.filter((bannerId) => bannerId !== request.last)
  const probability = Math.min(1, count / fresh.length)
  const choices = draw(fresh, count, request.random).map((bannerId) => {
    return { bannerId, poolSize, probability, repeat: false }
  })
  if (fresh.length >= count || fresh.length === allowed.length) return choices
  const last = { bannerId: request.last ?? 0, poolSize, probability: 1, repeat: true }
  return [...choices, last]
}

/**
 * Draws without replacement, every order alike; fewer if there are not so many: the first steps of Durstenfeld's shuffle.
 *
 * @see https://doi.org/10.1145/364520.364540
 */
export function draw(from: readonly number[], count: number, random: () => number): number[] {
  const banners = [...from]
  const drawn = Math.min(count, banners.length)
  for (let place = 0; place < drawn; place++) {
    const other = place + Math.floor(random() * (banners.length - place))
    const banner = banners[other]
    if (banner === undefined) throw new RangeError('random must be below 1')
    banners[other] = banners[place] ?? banner
    banners[place] = banner
  }
  return banners.slice(0, drawn)
}
