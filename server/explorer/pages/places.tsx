/** `/explorer/banners/:banner`: a banner in all campaigns and quarters. */
import { REASON_WORDS } from '../../../contract/explain-words.ts'
import { formatCount } from '../../../contract/format-count.ts'
import { BANNER_HEIGHT, BANNER_WIDTH } from '../../banner/link.ts'
import type { BannerPlace, BannerPlaces } from '../data/banner-places.ts'
import type { NoFigures } from '../data/no-figures.ts'
import { formatNumberOf, formatRate, formatSum } from '../format.ts'
import { type BannerDayRow, BannerHistory, type MissingDays } from '../parts/banner-history.tsx'
import type { DrawnChart } from '../parts/charts.tsx'
import { LossNotice, NoFiguresNotice, Notice } from '../parts/notice.tsx'
import { Page, renderPage } from '../parts/page.tsx'

/** What the page shows. */
export interface PlacesView {
  readonly root: string
  readonly currency: string
  readonly bannerId: number
  readonly imageUrl: string
  readonly isDenied: boolean
  readonly found: BannerPlaces | NoFigures
  /** The oldest first. */
  readonly days: readonly BannerDayRow[]
  /** Null: all days are there. */
  readonly missing: MissingDays | null
  readonly charts: readonly DrawnChart[]
  /** Files of the history that are damaged. */
  readonly losses: readonly string[]
}

/** Renders the page. */
export function renderPlaces(view: PlacesView): string {
  const { root, bannerId, imageUrl, found } = view
  return renderPage(
    <Page title={`Banner ${bannerId}`} root={root}>
      <h1>Banner {bannerId}</h1>
      {view.isDenied && <Notice>The denylist names it, so it is not served.</Notice>}
      <LossNotice losses={view.losses} />
      <img class="banner" src={imageUrl} width={BANNER_WIDTH} height={BANNER_HEIGHT} alt="" />
      {typeof found === 'string' ? (
        <NoFiguresNotice reason={found} />
      ) : (
        <Places found={found} view={view} />
      )}
    </Page>,
  )
}

function Places({
  found,
  view: { root, bannerId, currency, days, charts, missing },
}: {
  found: BannerPlaces
  view: PlacesView
}) {
  const { places, total, inPools, revenue } = found
  const history = { days, charts, currency, missing }
  if (total === 0) {
    return (
      <>
        <p>No campaign has it now: the logs of this build do not name it.</p>
        <BannerHistory {...history} />
      </>
    )
  }
  return (
    <>
      <p>
        It is in {formatNumberOf(inPools, 'pool')}, and a candidate in{' '}
        {formatNumberOf(total, 'pool')} in all. It earned {formatSum(revenue)}
        {currency}.
      </p>
      <BannerHistory {...history} />
      <h2>In all campaigns</h2>
      <div class="scroll">
        <table class="campaigns dense">
          <caption>
            {places.length < total
              ? `The first ${formatCount(places.length)}, `
              : 'By campaign and quarter, '}
            those that show it first
          </caption>
          <thead>
            <tr>
              <th scope="col">Campaign</th>
              {['Quarter', 'Rank', 'Revenue', 'Conversions', 'Clicks', 'Impressions'].map(
                (name) => (
                  <th scope="col" class="number">
                    {name}
                  </th>
                ),
              )}
              <th scope="col" class="number">
                Revenue per 1,000
              </th>
              <th scope="col">Why</th>
            </tr>
          </thead>
          <tbody>
            {places.map((place) => (
              <PlaceRow place={place} root={root} bannerId={bannerId} />
            ))}
          </tbody>
        </table>
      </div>
    </>
  )
}

function PlaceRow({
  place,
  root,
  bannerId,
}: {
  place: BannerPlace
  root: string
  bannerId: number
}) {
  const path = `${root}explorer/campaigns/${place.campaignId}`
  return (
    <tr>
      <th scope="row">
        <a href={`${path}/banners/${bannerId}`}>{place.campaignId}</a>
      </th>
      <td class="number">
        <a href={`${path}?dataset=${place.dataset}`}>{place.dataset}</a>
      </td>
      <td class="number">{place.rank ?? 'out'}</td>
      <td class="number">{formatSum(place.revenue)}</td>
      <td class="number">{formatCount(place.conversions)}</td>
      <td class="number">{formatCount(place.clicks)}</td>
      <td class="number">{formatCount(place.impressions)}</td>
      <td class="number">{formatRate(Number(place.revenue), place.impressions, 2)}</td>
      <td class="soft list">{REASON_WORDS[place.reason]}</td>
    </tr>
  )
}
