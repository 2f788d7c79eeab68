/**
 * A hash map from campaign id to a small whole number, in one typed array.
 *
 *     campaignIds   [ 0 | 12 | 0 | 0 | 7 | 43 | 0 | 0 ]      length 2^k, at most half full; 0 = free
 *                         1          4   5                   a campaign's place here is its index
 *
 * `Map` would do, but a `Map` cannot be handed from one thread to another without being rebuilt in the
 * receiving one, and that stalls requests. A typed array is handed over as it is.
 */

/** 2^32 divided by the golden ratio: spreads neighbouring ids evenly. Knuth, TAOCP vol. 3, 6.4. */
const GOLDEN = 0x9e3779b1

/**
 * Makes the table of some campaigns.
 *
 * @param ids - Ids from 1 to 2^53 - 1; repeated ones count once.
 * @param room - For so many more it is still at most half full.
 */
export function createCampaignTable(ids: Float64Array, room = 0): Float64Array {
  const distinct = isAscending(ids) ? ids : Float64Array.from(new Set(ids))
  const table = new Float64Array(2 ** Math.ceil(Math.log2(2 * (distinct.length + room) + 2)))
  for (const id of distinct) table[placeOf(table, id)] = id
  return table
}

/**
 * Finds a campaign in constant time.
 *
 * @returns The campaign's index, or -1 if it is unknown.
 */
export function findCampaign(table: Float64Array, id: number): number {
  const place = placeOf(table, id)
  return table[place] === id ? place : -1
}

/**
 * Adds a campaign to a table that has a free place.
 *
 * @returns The campaign's index, which it had already if it was there.
 */
export function addCampaign(table: Float64Array, id: number): number {
  const place = placeOf(table, id)
  table[place] = id
  return place
}

/** Where the id is, or the free place where it would be. */
function placeOf(table: Float64Array, id: number): number {
  const mask = table.length - 1
  let place = hash(id) & mask
  while (table[place] !== id && table[place] !== 0) place = (place + 1) & mask
  return place
}

function hash(id: number): number {
  const mixed = Math.imul((id ^ Math.floor(id / 2 ** 32)) | 0, GOLDEN)
  return mixed ^ (mixed >>> 15)
}

function isAscending(ids: Float64Array): boolean {
  for (let i = 1; i < ids.length; i++) if ((ids[i - 1] ?? 0) >= (ids[i] ?? 0)) return false
  return true
}
