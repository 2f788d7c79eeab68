/** Examples in `/openapi.json`, from what is served: "Try it out" then asks for a campaign that there is. */
import { DATASETS } from '../../contract/schema.ts'
import { findCampaign } from '../pools/campaign-table.ts'
import { bannersOf, type Pools, slotOf } from '../pools/pools.ts'

/** The part of a description that has examples. */
interface Described {
  readonly paths?: object
}

interface Parameter {
  readonly in: string
  readonly schema?: { example?: unknown }
}

interface Operation {
  readonly parameters?: readonly Parameter[]
  readonly responses: Record<string, { readonly content?: Record<string, { example?: unknown }> }>
}

type Paths = Partial<Record<string, { readonly get: Operation }>>

/** Stands for the host, which the description does not name. */
const HOST = 'https://banners.example'

/** Puts the first campaign with a pool, and an answer about it, into a description; without pools it stays as it is. */
export function addExamples<T extends Described>(description: T, pools: Pools | undefined): T {
  const found = pools && findExample(pools)
  if (found === undefined) return description
  const paths = (description.paths ?? {}) as Paths
  const campaign = paths['/campaigns/{id}']?.get
  setId(campaign, found.campaign_id)
  setId(paths['/campaigns/{id}.png']?.get, found.campaign_id)
  setId(paths['/images/{id}']?.get, found.banner_id)
  const answer = campaign?.responses['200']?.content?.['application/json']
  if (answer !== undefined) answer.example = found
  return description
}

function setId(operation: Operation | undefined, id: number): void {
  const parameter = operation?.parameters?.find((one) => one.in === 'path')
  if (parameter?.schema !== undefined) parameter.schema.example = id
}

/** An answer as a visitor without a cookie gets it; undefined: there is no pool. */
function findExample(pools: Pools) {
  const [campaignId] = pools.sortedIds
  if (campaignId === undefined) return undefined
  const index = findCampaign(pools.campaignIds, campaignId)
  for (const dataset of DATASETS) {
    const banners = bannersOf(pools, slotOf(index, dataset))
    const [bannerId] = banners
    if (bannerId === undefined) continue
    return {
      campaign_id: campaignId,
      dataset,
      banner_id: bannerId,
      image_url: `${HOST}/images/${bannerId}`,
      click_url: `${HOST}/images/${bannerId}`,
      build_id: pools.buildId,
      pool_size: banners.length,
      probability: 1 / banners.length,
      repeat: false,
    }
  }
  return undefined
}
