/** The page of one banner, for people. */

import { QUARTER_MINUTES } from '../../contract/explain-words.ts'
import { type Html, html } from '../../contract/html.ts'
import { createPolicy, PAGE_STYLE, renderDocument } from './document.ts'
import { renderLink } from './link.ts'
import type { ServedBanner } from './respond.ts'

/** Characters of a build id that tell builds apart at a glance. */
const SHORT_ID_LENGTH = 8

const STYLE = `${PAGE_STYLE}
  img { display: block; max-width: 100%; height: auto; border-radius: .25rem }
  dl { display: grid; grid-template-columns: auto 1fr; gap: .25rem 1rem; margin: 1rem 0; font-size: .875rem }
  dt { color: var(--soft) }
  dd { margin: 0; overflow-wrap: anywhere }
  .another { display: block; padding: .5rem; border: 1px solid var(--line); border-radius: .25rem; text-align: center }
  /* As low as a banner: the page is in a frame, of a browser that does not say so. */
  @media (max-height: 260px) {
    body { padding: 0 }
    img { border-radius: 0 }
    h1, dl, .note, .another { display: none }
  }
`

/** What the page may load. */
export const PAGE_POLICY = createPolicy(STYLE)

/** Renders the page of one banner. Needs no script and no other file than the picture. */
export function renderPage(banner: ServedBanner): string {
  const title = `Campaign ${banner.campaignId}`
  const body = html`<main>
<h1>${title}</h1>
${renderLink(banner)}
${renderFacts(banner)}
${banner.fault !== undefined && html`<p class="note">Not understood: ${banner.fault}.</p>`}
<a class="another" href="${banner.selfUrl}">Show another one</a>
</main>`
  return renderDocument({ title, style: STYLE, body })
}

function renderFacts({ choice, dataset, buildId, preview, fallback }: ServedBanner): Html {
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
