import { drawPromised, type PromisedAndBrought } from '../../contract/charts/promised.ts'
import {
  type EvaluatedPool,
  type Evaluation,
  nameStability,
  SURENESSES,
} from '../../contract/evaluation.ts'
import { describeVerdict, SURENESS_WORDS } from '../../contract/evaluation-words.ts'
import { formatCount } from '../../contract/format-count.ts'
import { Html, html } from '../../contract/html.ts'
import { figure, part } from './part.ts'
import { renderTable } from './table.ts'
import { plural, shareWords } from './words.ts'

/** Campaigns of the chart and places of a table, at most. */
const MAX_CAMPAIGNS = 25
const MAX_PLACES = 10

/** A place of a pool. */
interface Place {
  readonly dataset: number
  readonly campaign: number
  readonly banner: number
  readonly rank: number
  readonly stability: number
  readonly sureness: ReturnType<typeof nameStability>
}

/** Promised and brought, and which places are safe. */
export function evaluationPart({ overall, pools }: Evaluation): Html {
  const places = pools.flatMap(findPlaces)
  const values = sumByCampaign(pools)
  const shown = values.slice(0, MAX_CAMPAIGNS)
  const label = `Revenue per 1,000 impressions of ${plural(shown.length, 'campaign')}: promised by the clicks that chose the pools, brought on other clicks, and of any banner at random`
  const more =
    values.length > shown.length &&
    html`<p class="soft">The ${formatCount(shown.length)} campaigns with the most impressions of ${formatCount(values.length)}.</p>`
  return part('How sure is this?', describeVerdict(overall), [
    html`<div class="pair"><div class="stack">${shown.length > 0 && figure('Promised (ring), brought (dot), any banner (line), per 1,000 impressions', new Html(drawPromised(label, shown)))}
${more}</div>
<div class="stack">${surenessTable(places)}
${placesTable('Safe places', findSafe(places))}
${placesTable('The places that are most of a coin toss', findTosses(places))}</div></div>`,
  ])
}

function findPlaces({ dataset, campaign_id, verdict, banners }: EvaluatedPool): Place[] {
  return banners.map(({ banner_id, rank, stability }) => ({
    ...{ dataset, campaign: campaign_id, banner: banner_id, rank, stability },
    sureness: nameStability(stability, verdict),
  }))
}

function findSafe(places: readonly Place[]): Place[] {
  const safe = places.filter(({ sureness }) => sureness === 'safe')
  return safe.sort((a, b) => b.stability - a.stability).slice(0, MAX_PLACES)
}

function findTosses(places: readonly Place[]): Place[] {
  const tosses = places.filter(({ sureness }) => sureness === 'coin toss')
  return tosses.sort((a, b) => a.stability - b.stability).slice(0, MAX_PLACES)
}

function surenessTable(places: readonly Place[]): Html {
  const rows = SURENESSES.map((kind) => {
    return { kind, count: places.filter(({ sureness }) => sureness === kind).length }
  })
  return renderTable({
    caption: 'Places in pools, by how sure they are',
    rows,
    columns: [
      { title: 'place', cell: ({ kind }) => kind },
      { title: 'of random halves of the clicks', cell: ({ kind }) => SURENESS_WORDS[kind] },
      { title: 'places', cell: ({ count }) => formatCount(count), isNumber: true },
      { title: 'share', cell: ({ count }) => shareWords(count, places.length), isNumber: true },
    ],
  })
}

function placesTable(caption: string, rows: readonly Place[]): Html {
  if (rows.length === 0) return html`<p class="soft">${caption}: none.</p>`
  return renderTable({
    caption,
    rows,
    columns: [
      { title: 'campaign', cell: ({ campaign }) => campaign },
      { title: 'dataset', cell: ({ dataset }) => dataset, isNumber: true },
      { title: 'rank', cell: ({ rank }) => rank, isNumber: true },
      { title: 'banner', cell: ({ banner }) => banner, isNumber: true },
      { title: 'stability', cell: (row) => shareWords(row.stability, 1), isNumber: true },
    ],
  })
}

/** Pools of one campaign, weighted by impressions; those with the most impressions come first. */
function sumByCampaign(pools: readonly EvaluatedPool[]): PromisedAndBrought[] {
  const sums = new Map<number, { impressions: number; values: [number, number, number] }>()
  for (const { campaign_id, impressions, naive, honest, chance } of pools) {
    if (naive === null || honest.value === null || chance.value === null) continue
    const own = sums.get(campaign_id) ?? { impressions: 0, values: [0, 0, 0] }
    own.impressions += impressions
    own.values[0] += naive * impressions
    own.values[1] += honest.value * impressions
    own.values[2] += chance.value * impressions
    sums.set(campaign_id, own)
  }
  const ordered = [...sums].sort(([a, x], [b, y]) => y.impressions - x.impressions || a - b)
  return ordered.map(([campaign, { impressions, values }]) => ({
    name: String(campaign),
    promised: values[0] / impressions,
    brought: values[1] / impressions,
    chance: values[2] / impressions,
  }))
}
