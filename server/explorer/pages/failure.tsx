/** What went wrong, in the look of the other pages. */
import { Page, renderPage } from '../parts/page.tsx'

/** A failure. */
export interface FailureView {
  readonly root: string
  readonly title: string
  readonly advice: string
}

/** Renders the page. */
export function renderFailure({ root, title, advice }: FailureView): string {
  return renderPage(
    <Page title={title} root={root}>
      <h1>{title}</h1>
      <p>{advice}</p>
      <p>
        <a href={root}>All campaigns</a>
      </p>
    </Page>,
  )
}
