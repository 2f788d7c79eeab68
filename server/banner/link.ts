/** A banner in a page: its picture, linked to its target. */
import { type Html, html } from '../../contract/html.ts'
import type { ServedBanner } from './respond.ts'

/** Pixels; the size of a banner that is not known to have another. */
export const BANNER_WIDTH = 300
export const BANNER_HEIGHT = 250

/** Renders the linked picture. A click opens a new tab: the page may be in a frame. */
export function renderLink(banner: ServedBanner): Html {
  const { choice, clickUrl, detail } = banner
  // One of the two alone would squash the picture.
  const { width = BANNER_WIDTH, height = BANNER_HEIGHT } =
    detail?.width && detail.height ? detail : {}
  const alt = detail?.alt ?? `Banner ${choice.bannerId}`
  return html`<a href="${clickUrl}" target="_blank" rel="noopener sponsored"><img src="${findPicture(banner)}" width="${width}" height="${height}" alt="${alt}"></a>`
}

/** Where there is no script, asking for the picture is what counts: by an address that leads to it. */
export function findPicture({ imageUrl, signed }: ServedBanner): string {
  return signed === undefined ? imageUrl : `${signed.base}/impressions/${signed.token}.png`
}
