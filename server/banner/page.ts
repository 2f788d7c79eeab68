/** The page of one banner, for people. */
import { createHash } from 'node:crypto'
import { html, raw } from 'hono/html'
import { QUARTER_MINUTES } from '../../contract/explain-words.ts'
import type { ServedBanner } from './respond.ts'

/** Pixels; the size of every banner. */
export const BANNER_WIDTH = 300
export const BANNER_HEIGHT = 250

/** Characters of a build id that tell builds apart at a glance. */
const SHORT_ID_LENGTH = 8

const STYLE = `
  :root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --line: #d0d7de; --paper: #fff; --link: #0550ae }
  @media (prefers-color-scheme: dark) {
    :root { --ink: #e6edf3; --soft: #9da7b3; --line: #30363d; --paper: #0d1117; --link: #79c0ff }
  }
  body {
    margin: 0 auto; padding: 2rem 1rem; max-width: 20rem; background: var(--paper); color: var(--ink);
    font: 1rem/1.5 system-ui, sans-serif;
  }
  h1 { margin: 0 0 1rem; font-size: 1.25rem }
  img { display: block; max-width: 100%; height: auto; border-radius: .25rem }
  dl { display: grid; grid-template-columns: auto 1fr; gap: .25rem 1rem; margin: 1rem 0; font-size: .875rem }
  dt { color: var(--soft) }
  dd { margin: 0; overflow-wrap: anywhere }
  a { color: var(--link) }
  .another { display: block; padding: .5rem; border: 1px solid var(--line); border-radius: .25rem; text-align: center }
  /* As low as a banner: the page is in a frame that a publisher made for one. */
  @media (max-height: 260px) {
    body { padding: 0 }
    img { border-radius: 0 }
    h1, dl, .another { display: none }
  }
`

/** A small banner; without a link to it browsers ask for /favicon.ico. */
const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 6 5'%3E%3Crect width='6' height='5' rx='1' fill='%230969da'/%3E%3C/svg%3E"

/**
 * What the page may load: pictures from anywhere, since banners may be elsewhere, and its own style. Any site may frame
 * it: that is one way to embed a banner.
 *
 * @see https://www.w3.org/TR/CSP3/
 */
export const PAGE_POLICY = [
  "default-src 'none'",
  'img-src http: https: data:',
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  'frame-ancestors *',
].join('; ')

/** Renders the page of one banner. Needs no script and no other file than the picture. */
export function renderPage(banner: ServedBanner): string {
  const { campaignId, choice, imageUrl, clickUrl, selfUrl } = banner
  const title = `Campaign ${campaignId}`
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="${raw(ICON)}">
<style>${raw(STYLE)}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<a href="${clickUrl}" target="_blank" rel="noopener sponsored"><img src="${imageUrl}" width="${BANNER_WIDTH}" height="${BANNER_HEIGHT}" alt="Banner ${choice.bannerId}"></a>
${renderFacts(banner)}
<a class="another" href="${selfUrl}">Show another one</a>
</main>
</body>
</html>
`.toString()
}

function renderFacts({ choice, dataset, buildId, preview, fallback }: ServedBanner) {
  const quarter = `${dataset}, ${QUARTER_MINUTES[dataset]} of the hour${preview ? ' (preview)' : ''}`
  return html`<dl>
<dt>Banner</dt><dd>${choice.bannerId}${choice.repeat ? ', again: no other is left' : ''}</dd>
<dt>Dataset</dt><dd>${quarter}</dd>
<dt>Pool</dt><dd>${fallback === undefined ? describePool(choice.poolSize) : `house banner: ${fallback.replace('_', ' ')}`}</dd>
<dt>Build</dt><dd>${buildId.slice(0, SHORT_ID_LENGTH)}</dd>
</dl>`
}

function describePool(size: number): string {
  return `${size} ${size === 1 ? 'banner' : 'banners'}`
}
