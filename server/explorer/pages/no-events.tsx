/** `/explorer/events` of a server that collects nothing: how it would. */
import { Page, renderPage } from '../parts/page.tsx'

/** Renders the page. */
export function renderNoEvents({ root }: { readonly root: string }): string {
  return renderPage(
    <Page title="Events of today" root={root}>
      <h1>Events of today</h1>
      <p>This server does not count impressions, clicks or conversions.</p>
      <p>
        Start it with <code>--collect events</code> to write them to the folder <code>events</code>,
        from which pools are built.
      </p>
    </Page>,
  )
}
