/** The page with the numbers of today. */
import { formatCount } from '../../contract/format-count.ts'
import { describeExploring } from '../explorer/exploring.ts'
import { GuardedNotice } from '../explorer/parts/guarded.tsx'
import { Page, renderPage } from '../explorer/parts/page.tsx'
import { REJECTIONS, type Rejection, UNKEPT, type Unkept } from './event.ts'
import type { TodayPage, TodayReport, TodayRow } from './today-report.ts'

/** Rows of a page; all are in the CSV. */
const MAX_ROWS = 500

/**
 * Renders the page.
 *
 * @param root - Relative path to the root of the server.
 */
export function renderToday(report: TodayPage, root: string): string {
  const { day, banners, warnings } = report
  const shown = banners.slice(0, MAX_ROWS)
  return renderPage(
    <Page title="Events of today" root={root}>
      <h1>Events of today</h1>
      <p>
        {day}, UTC. <a href="events.json">JSON</a> · <a href="events.csv">CSV</a>
      </p>
      {!report.is_collecting && <p class="notice">Events cannot be written now: they are lost.</p>}
      {warnings.map((warning) => (
        <p class="notice">{warning}</p>
      ))}
      <GuardedNotice guarded={report.guarded} root={root} />
      {report.exploring !== null && <p>{describeExploring(report.exploring, '')}</p>}
      <BannerTable rows={shown} root={root} />
      {banners.length > shown.length && (
        <p>
          The first {MAX_ROWS} of {banners.length} rows.
        </p>
      )}
      <Reasons report={report} />
    </Page>,
  )
}

function BannerTable({ rows, root }: { rows: readonly TodayRow[]; root: string }) {
  if (rows.length === 0) return <p>Nothing yet.</p>
  return (
    <section class="scroll" tabindex={0} aria-label="Table of banners">
      <table class="campaigns">
        <caption>By campaign and banner</caption>
        <thead>
          <tr>
            {['Campaign', 'Banner', 'Impressions', 'Views', 'Clicks', 'Conversions', 'Revenue'].map(
              (name) => (
                <th scope="col" class={name === 'Campaign' ? undefined : 'number'}>
                  {name}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr>
              <td>
                {row.campaign_id === null ? (
                  'not known'
                ) : (
                  <a href={`${root}explorer/campaigns/${row.campaign_id}`}>{row.campaign_id}</a>
                )}
              </td>
              <td class="number">{row.banner_id ?? ''}</td>
              <td class="number">{formatCount(row.impressions)}</td>
              <td class="number">{formatCount(row.views)}</td>
              <td class="number">{formatCount(row.clicks)}</td>
              <td class="number">{formatCount(row.conversions)}</td>
              <td class="number">{row.revenue}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Reasons({ report }: { report: TodayReport }) {
  const rejected = Object.keys(REJECTIONS).map((reason) => {
    const code = reason as Rejection
    const count = report.banners.reduce((sum, row) => sum + (row.rejected[code] ?? 0), 0)
    return { code, count, meaning: REJECTIONS[code] }
  })
  const unkept = Object.keys(UNKEPT).map((reason) => {
    const code = reason as Unkept
    return { code, count: report.unkept[code] ?? 0, meaning: UNKEPT[code] }
  })
  return (
    <>
      <h2>Not counted</h2>
      <ReasonTable title="Today" rows={rejected} />
      <h2>Lost or refused</h2>
      <ReasonTable title="Counted only, since the start" rows={unkept} />
    </>
  )
}

interface ReasonRow {
  readonly code: string
  readonly count: number
  readonly meaning: string
}

function ReasonTable({ title, rows }: { title: string; rows: readonly ReasonRow[] }) {
  return (
    <section class="scroll" tabindex={0} aria-label={title}>
      <table class="campaigns">
        <caption>{title}</caption>
        <thead>
          <tr>
            <th scope="col">Reason</th>
            <th scope="col" class="number">
              Count
            </th>
            <th scope="col">Meaning</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ code, count, meaning }) => (
            <tr>
              <td>
                <code>{code}</code>
              </td>
              <td class="number">{formatCount(count)}</td>
              <td>{meaning}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
