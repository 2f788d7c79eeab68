/** What all pages share: head, header, footer. */
import type { PropsWithChildren } from 'hono/jsx'
import { STYLE_VERSION } from '../assets.ts'

/** What a page says of itself. */
export interface PageProps {
  /** Without the name of the site. */
  readonly title: string
  /** Relative path to the root of the server, with a slash at the end: the server may be published below a path. */
  readonly root: string
  /** The page loads itself again after so many; undefined: it does not. */
  readonly refreshSeconds?: number | undefined
}

/** A whole page. */
export function Page({ title, root, refreshSeconds, children }: PropsWithChildren<PageProps>) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        {refreshSeconds !== undefined && (
          <meta http-equiv="refresh" content={String(refreshSeconds)} />
        )}
        <title>{`${title} · Banner pools`}</title>
        <link rel="icon" href={`${root}explorer/icon.svg`} />
        <link rel="stylesheet" href={`${root}explorer/style.css?v=${STYLE_VERSION}`} />
      </head>
      <body>
        <a class="skip" href="#content">
          Skip to the content
        </a>
        <header class="site">
          <a class="brand" href={root}>
            Banner pools
          </a>
          <nav aria-label="Site">
            <a href={root}>Campaigns</a>
            <a href={`${root}explorer/builds`}>Builds</a>
            <a href={`${root}explorer/events`}>Events</a>
            <a href={`${root}docs`}>API</a>
          </nav>
        </header>
        <main id="content">{children}</main>
      </body>
    </html>
  )
}

/** Writes a page as HTML text. */
export function renderPage(page: ReturnType<typeof Page>): string {
  return `<!doctype html>${String(page)}`
}
