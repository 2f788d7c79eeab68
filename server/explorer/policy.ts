/** The headers of the pages. */
import type { Links } from '../banner/links.ts'

/**
 * On every page. Other than the answers about banners, pages are for this site only: what a campaign earns must not be
 * readable by another site through the browser of somebody who may see it.
 *
 * @param links - Tell where pictures come from.
 */
export function pageHeaders(links: Links): Record<string, string> {
  return {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': policyOf(links),
    'Cache-Control': 'private, no-store',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Referrer-Policy': 'same-origin',
    'X-Content-Type-Options': 'nosniff',
    Vary: 'Accept',
  }
}

/** @see https://www.w3.org/TR/CSP3/ */
function policyOf(links: Links): string {
  return [
    "default-src 'none'",
    ["img-src 'self'", ...pictureSources(links)].join(' '),
    "style-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

/**
 * The origin of the pictures; their scheme, if the host depends on the banner. An IPv6 address cannot be named in a
 * policy: pictures from there show if it is the page's own.
 */
function pictureSources({ image }: Links): string[] {
  // Relative, where the request named no host.
  if (!URL.canParse(image(1))) return []
  const [one, two] = [new URL(image(1)), new URL(image(2))]
  if (one.origin !== two.origin) return [one.protocol]
  return one.hostname.startsWith('[') ? [] : [one.origin]
}
