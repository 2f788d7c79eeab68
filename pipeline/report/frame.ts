import { type Content, Html, html } from '../../contract/html.ts'
import { STYLE } from './style.ts'

/** Nothing is loaded and nothing runs: all that the page needs is in it. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"

/** Renders a page that needs no other file. */
export function renderPage(title: string, body: Content): string {
  const page = html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Banner pools: ${title}</title>
<link rel="icon" href="data:,">
<style>${new Html(STYLE)}</style>
</head>
<body>
${body}
</body>
</html>
`
  return page.markup
}
