/** `/explorer/builds`: all builds, also those that only the history knows. */
import { formatCount } from '../../../contract/format-count.ts'
import type { BuildSummary } from '../data/build-jobs.ts'
import { formatMinute, formatNumberOf, formatSum, unit } from '../format.ts'
import { Charts, type DrawnChart } from '../parts/charts.tsx'
import { LossNotice, Notice } from '../parts/notice.tsx'
import { Page, renderPage } from '../parts/page.tsx'
import { LiveTag } from '../parts/quarter-nav.tsx'

/** What the page shows. */
export interface BuildsView {
  readonly root: string
  readonly currency: string
  /** Id of the build that is served. */
  readonly servedId: string
  /** Of the history. */
  readonly charts: readonly DrawnChart[]
  /** The newest first. */
  readonly builds: readonly BuildSummary[]
  readonly page: number
  readonly pages: number
  readonly total: number
  /** Files of the history that are damaged. */
  readonly losses: readonly string[]
  /** Lines from Kafka that did not come in. */
  readonly refused: number
}

/** Renders the page. */
export function renderBuilds(view: BuildsView): string {
  const { root, total, page, pages } = view
  return renderPage(
    <Page title="Builds" root={root}>
      <h1>Builds</h1>
      <p class="lead">
        {formatNumberOf(total, 'build')}, the newest first. Where only the row is left, the files
        were removed. An earlier one is made current by{' '}
        <code>pools rollback BUILD --artifacts DIR</code>.
      </p>
      {view.refused > 0 && (
        <p>
          <a href={`${root}explorer/received`}>{formatNumberOf(view.refused, 'line')} from Kafka</a>{' '}
          did not come in.
        </p>
      )}
      <LossNotice losses={view.losses} />
      <Charts charts={view.charts} />
      {total === 0 ? <Notice>There is no build.</Notice> : <BuildTable view={view} />}
      {pages > 1 && (
        <nav class="pager" aria-label="Pages of the list">
          {page > 1 && (
            <a href={`?page=${page - 1}`} rel="prev">
              Newer
            </a>
          )}
          <span>
            Page {formatCount(page)} of {formatCount(pages)}
          </span>
          {page < pages && (
            <a href={`?page=${page + 1}`} rel="next">
              Older
            </a>
          )}
        </nav>
      )}
    </Page>,
  )
}

function BuildTable({ view: { root, builds, servedId, currency } }: { view: BuildsView }) {
  return (
    <div class="scroll">
      <table class="campaigns dense">
        <caption>Pools changed, and banners in and out, since the build before</caption>
        <thead>
          <tr>
            <th scope="col">Made, UTC</th>
            <th scope="col">Build</th>
            <th scope="col" class="number">
              Rows
            </th>
            <th scope="col" class="number">
              Rejected
            </th>
            <th scope="col" class="number">
              Pools
            </th>
            <th scope="col" class="number">
              Changed
            </th>
            <th scope="col" class="number">
              In, out
            </th>
            <th scope="col" class="number">
              Revenue in pools{unit(currency)}
            </th>
            <th scope="col">Checks</th>
            <th scope="col">Report</th>
          </tr>
        </thead>
        <tbody>
          {builds.map((build) => (
            <BuildRow build={build} root={root} isServed={build.buildId === servedId} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function BuildRow({
  build: { buildId, createdAt, isKept, recorded, manifest },
  root,
  isServed,
}: {
  build: BuildSummary
  root: string
  isServed: boolean
}) {
  const previous = manifest?.previous_build_id ?? recorded?.previous_build_id ?? null
  const warned =
    manifest?.checks.filter(({ passed }) => !passed).length ?? recorded?.warned_checks ?? 0
  const path = `${root}explorer/builds/${buildId}`
  return (
    <tr>
      <th scope="row">
        <time datetime={createdAt}>{formatMinute(new Date(createdAt))}</time>
      </th>
      <td>
        {isKept ? (
          <a href={path}>
            <code>{buildId}</code>
          </a>
        ) : (
          <code class="soft">{buildId}</code>
        )}{' '}
        {isServed && isKept && <LiveTag />}
      </td>
      <Count value={recorded?.rows} />
      <Count value={recorded?.rejected} />
      <Count value={recorded?.pools} />
      <td class="number">
        {recorded?.changed_pools === undefined || recorded.changed_pools === null ? (
          '–'
        ) : isKept && previous !== null ? (
          <a href={`${path}/diff?from=${previous}`}>{formatCount(recorded.changed_pools)}</a>
        ) : (
          formatCount(recorded.changed_pools)
        )}
      </td>
      <td class="number">
        {recorded?.banners_entered === undefined || recorded.banners_entered === null
          ? '–'
          : `+${formatCount(recorded.banners_entered)} −${formatCount(recorded.banners_left ?? 0)}`}
      </td>
      <td class="number">
        {recorded?.pool_revenue === undefined || recorded.pool_revenue === null
          ? '–'
          : formatSum(recorded.pool_revenue)}
      </td>
      <td class="fixed">{warned === 0 ? 'hold' : `${formatCount(warned)} warn`}</td>
      <td>{isKept ? <a href={`${path}/report`}>report</a> : <span class="soft">removed</span>}</td>
    </tr>
  )
}

function Count({ value }: { value: number | undefined }) {
  return <td class="number">{value === undefined ? '–' : formatCount(value)}</td>
}
