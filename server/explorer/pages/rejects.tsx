/** `/explorer/builds/:build/rejects`: the lines that a build left out, with file and line. */
import { formatCount } from '../../../contract/format-count.ts'
import type { RejectedLines } from '../data/rejected-lines.ts'
import { formatNumberOf } from '../format.ts'
import { Page, renderPage } from '../parts/page.tsx'
import { PageLinks, pageOf } from '../parts/page-links.tsx'

/** What the page shows. */
export interface RejectsView extends RejectedLines {
  readonly root: string
  readonly buildId: string
  /** Undefined: all. */
  readonly reason: string | undefined
}

/** Renders the page. */
export function renderRejects(view: RejectsView): string {
  const { root, buildId, reason, total, lines } = view
  const path = `${root}explorer/builds/${buildId}`
  return renderPage(
    <Page title={`Rejected rows of build ${buildId}`} root={root}>
      <p class="crumbs">
        <a href={`${root}explorer/builds`}>Builds</a> › <a href={path}>{buildId}</a>
      </p>
      <h1>Rejected rows</h1>
      <p class="lead">
        {formatNumberOf(total, 'row')}
        {reason !== undefined && (
          <>
            {' '}
            with the reason <code>{reason}</code>. <a href={`${path}/rejects`}>All reasons</a>
          </>
        )}
      </p>
      {total > 0 && (
        <section class="scroll" tabindex={0} aria-label="Table of rejected rows">
          <table class="campaigns">
            <caption>In the order of files and lines; line 1 is the header</caption>
            <thead>
              <tr>
                <th scope="col">File</th>
                <th scope="col" class="number">
                  Line
                </th>
                <th scope="col">Reason</th>
                <th scope="col">Text</th>
              </tr>
            </thead>
            <tbody>
              {lines.map((line) => (
                <tr>
                  <th scope="row">{line.file}</th>
                  <td class="number">{formatCount(line.line)}</td>
                  <td>
                    <code>{line.reason}</code>
                  </td>
                  <td>
                    <code>{line.text}</code>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      <PageLinks
        page={view.page}
        pages={view.pages}
        href={pageOf(reason === undefined ? {} : { reason })}
      />
    </Page>,
  )
}
