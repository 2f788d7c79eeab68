/** The page of one banner for an `<iframe>`: nothing but the linked picture, as large as the frame permits. */
import { createPolicy, renderDocument } from './document.ts'
import { renderLink } from './link.ts'
import type { ServedBanner } from './respond.ts'

/** Transparent: where the picture does not reach, the page around the frame shows. */
const STYLE = `
  html, body { height: 100%; margin: 0; background: transparent; overflow: hidden }
  a { display: block; height: 100% }
  img { display: block; width: 100%; height: 100%; object-fit: contain }
`

/** What the page may load. */
export const FRAME_POLICY = createPolicy(STYLE)

/** Renders the page of a banner. */
export function renderFrame(banner: ServedBanner): string {
  return renderDocument({ title: 'Banner', style: STYLE, body: renderLink(banner) })
}

/** Renders the page that stands where there is no banner: it shows nothing. */
export function renderEmptyFrame(title: string): string {
  return renderDocument({ title, style: STYLE, body: null })
}
