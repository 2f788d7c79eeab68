/** `/explorer/builds/:build/diff?from=…`: which pools differ between two builds, and by which banners. */
import { formatCount } from '../../../contract/format-count.ts'
import type { ChangedPool, PoolChanges } from '../data/pool-changes.ts'
import { formatChange, formatNumberOf, formatSum, unit } from '../format.ts'
import { Page, renderPage } from '../parts/page.tsx'
import { PageLinks, pageOf } from '../parts/page-links.tsx'

/** What the page shows. */
export interface DiffView extends PoolChanges {
  readonly root: string
  readonly buildId: string
  readonly from: string
  readonly currency: string
}

/** Renders the page. */
export function renderDiff(view: DiffView): string {
  const { root, buildId, from, total, pools, entered, left } = view
  const builds = `${root}explorer/builds`
  return renderPage(
    <Page title={`What changed from build ${from} to ${buildId}`} root={root}>
      <p class="crumbs">
        <a href={builds}>Builds</a> › <a href={`${builds}/${buildId}`}>{buildId}</a>
      </p>
      <h1>What changed</h1>
      <p class="lead">
        From build{' '}
        <a href={`${builds}/${from}`}>
          <code>{from}</code>
        </a>{' '}
        to{' '}
        <a href={`${builds}/${buildId}`}>
          <code>{buildId}</code>
        </a>
        : {formatCount(total)} of {formatNumberOf(pools, 'pool')} changed,{' '}
        {formatNumberOf(entered, 'banner')} entered, {formatCount(left)} left.{' '}
        <code>
          pools diff {from} {buildId}
        </code>{' '}
        tells which number moved each banner.
      </p>
      {total > 0 && <Changes view={view} />}
      <PageLinks page={view.page} pages={view.pages} href={pageOf({ from })} />
    </Page>,
  )
}

function Changes({ view: { changed, root, currency } }: { view: DiffView }) {
  return (
    <div class="scroll">
      <table class="campaigns">
        <caption>Pools with another banner or another order; revenue{unit(currency)}</caption>
        <thead>
          <tr>
            <th scope="col">Campaign</th>
            <th scope="col" class="number">
              Quarter
            </th>
            <th scope="col">Entered</th>
            <th scope="col">Left</th>
            <th scope="col" class="number">
              Revenue
            </th>
            <th scope="col" class="number">
              Change
            </th>
          </tr>
        </thead>
        <tbody>
          {changed.map((pool) => (
            <ChangedRow pool={pool} root={root} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function ChangedRow({ pool, root }: { pool: ChangedPool; root: string }) {
  const { campaignId, dataset, entered, left, revenueNow, revenueThen } = pool
  const path = `${root}explorer/campaigns/${campaignId}`
  const isReordered = entered.length + left.length === 0
  return (
    <tr>
      <th scope="row">
        <a href={`${path}?dataset=${dataset}`}>{campaignId}</a>
      </th>
      <td class="number">{dataset}</td>
      <td class="list">{isReordered ? 'another order' : <Banners ids={entered} path={path} />}</td>
      <td class="list">
        <Banners ids={left} path={path} />
      </td>
      <td class="number">{revenueNow === null ? 'no pool now' : formatSum(revenueNow)}</td>
      <td class="number">
        {revenueThen === null ? 'new' : formatChange(revenueThen, revenueNow ?? '0.000000')}
      </td>
    </tr>
  )
}

function Banners({ ids, path }: { ids: readonly number[]; path: string }) {
  return (
    <>
      {ids.map((id, place) => (
        <>
          {place > 0 && ', '}
          <a href={`${path}/banners/${id}`}>{id}</a>
        </>
      ))}
    </>
  )
}
