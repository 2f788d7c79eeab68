/** A drawn picture for a banner that has none, so that a fresh machine shows something. */
import { BANNER_HEIGHT, BANNER_WIDTH } from '../banner/link.ts'

/** Degrees between the hues of neighbouring ids: the golden angle, so that near ids look different. */
const GOLDEN_ANGLE = 137.508

/** Draws a banner: its number on a ground whose hue follows from it. White on it has a contrast of 4.8:1 at least (yellow). */
export function drawBanner(bannerId: number): string {
  const hue = Math.round((bannerId * GOLDEN_ANGLE) % 360)
  const text = 'text-anchor="middle" font-family="system-ui, sans-serif" fill="#fff"'
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${BANNER_WIDTH}" height="${BANNER_HEIGHT}" viewBox="0 0 300 250" role="img" aria-label="Banner ${bannerId}">
<defs><linearGradient id="g" x2="1" y2="1"><stop stop-color="hsl(${hue} 65% 28%)"/><stop offset="1" stop-color="hsl(${(hue + 40) % 360} 70% 20%)"/></linearGradient></defs>
<rect width="300" height="250" fill="url(#g)"/>
<circle cx="262" cy="30" r="80" fill="#fff" opacity=".07"/><circle cx="30" cy="235" r="60" fill="#fff" opacity=".07"/>
<text x="150" y="92" ${text} font-size="18">Banner</text>
<text x="150" y="155" ${text} font-size="${fontSize(bannerId)}" font-weight="700">${bannerId}</text>
</svg>`
}

/** Pixels; ids of 16 digits still fit in 280 of them, at 0.6 em a digit. */
function fontSize(bannerId: number): number {
  return Math.min(64, Math.floor(280 / (0.6 * String(bannerId).length)))
}
