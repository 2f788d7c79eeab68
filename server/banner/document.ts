/** What all pages of the public routes have in common: their head, and the policy that goes with their style. */
import { createHash } from 'node:crypto'
import { Html, html } from '../../contract/html.ts'

/** The parts of a page. */
export interface DocumentParts {
  /** As text. */
  readonly title: string
  /** CSS, a constant. */
  readonly style: string
  readonly body: Html | null
}

/** A small banner; without a link to it browsers ask for /favicon.ico. */
const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 6 5'%3E%3Crect width='6' height='5' rx='1' fill='%230969da'/%3E%3C/svg%3E"

/** The colours and the type of pages for people. */
export const PAGE_STYLE = `
  :root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --line: #d0d7de; --paper: #fff; --link: #0550ae }
  @media (prefers-color-scheme: dark) {
    :root { --ink: #e6edf3; --soft: #9da7b3; --line: #30363d; --paper: #0d1117; --link: #79c0ff }
  }
  body {
    margin: 0 auto; padding: 2rem 1rem; max-width: 20rem; background: var(--paper); color: var(--ink);
    font: 1rem/1.5 system-ui, sans-serif;
  }
  h1 { margin: 0 0 1rem; font-size: 1.25rem }
  a { color: var(--link) }
`

/** Renders a page that needs no script, and no other file but pictures. */
export function renderDocument({ title, style, body }: DocumentParts): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="${new Html(ICON)}">
<style>${new Html(style)}</style>
</head>
<body>
${body}
</body>
</html>
`.markup
}

/**
 * Tells what such a page may load: pictures from anywhere, since banners may be elsewhere, and its own style. Any site may
 * frame it: that is one way to embed a banner.
 *
 * @see https://www.w3.org/TR/CSP3/
 */
export function createPolicy(style: string): string {
  return [
    "default-src 'none'",
    'img-src http: https: data:',
    `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
    "base-uri 'none'",
    "form-action 'none'",
    'frame-ancestors *',
  ].join('; ')
}
