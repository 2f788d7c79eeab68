/** A banner in a page: its picture, linked to its target. */
import { type Html, html } from '../../contract/html.ts'
import type { ServedBanner } from './respond.ts'

/** Pixels; the size of a banner that is not known to have another. */
export const BANNER_WIDTH = 300
export const BANNER_HEIGHT = 250

/** Renders the linked picture. A click opens a new tab: the page may be in a frame. */
export function renderLink({ choice, imageUrl, clickUrl, detail }: ServedBanner): Html {
  // One of the two alone would squash the picture.
  const { width = BANNER_WIDTH, height = BANNER_HEIGHT } =
    detail?.width && detail.height ? detail : {}
  const alt = detail?.alt ?? `Banner ${choice.bannerId}`
  return html`<a href="${clickUrl}" target="_blank" rel="noopener sponsored"><img src="${imageUrl}" width="${width}" height="${height}" alt="${alt}"></a>`
}
