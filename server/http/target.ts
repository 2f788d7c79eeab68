/** The path of a request, before it is routed. */

/**
 * A path in its normal form: segments of characters that mean themselves. No path of this server needs more, and what
 * can be written in two ways (`%65xplorer`, `/campaigns/../explorer`, `//`, `;`) is read in two ways by whatever stands
 * in front, such as a login by prefix.
 */
const NORMAL = /^\/(?:[\w~!$&'()*+,=:@.-]+\/)*(?:[\w~!$&'()*+,=:@.-]+)?$/

const DOT_SEGMENT = /\/\.{1,2}(?:\/|$)/

/** Whether the target of a request may be routed: a path in its normal form, and perhaps a query. */
export function isNormalTarget(target: string): boolean {
  const query = target.indexOf('?')
  const path = query === -1 ? target : target.slice(0, query)
  return NORMAL.test(path) && !DOT_SEGMENT.test(path) && !target.includes('#')
}

/** Routes by their paths, for logs: an id tells who was where, and odd paths hold all kinds of things. */
const ROUTES: readonly (readonly [path: RegExp, route: string])[] = [
  [/^\/campaigns\/[^/]+\/?$/, '/campaigns/:id'],
  [/^\/images\/[^/]+$/, '/images/:id'],
  [/^\/explorer\/builds\/[^/]+$/, '/explorer/builds/:build'],
  [/^\/explorer\/builds\/[^/]+\/report$/, '/explorer/builds/:build/report'],
  [/^\/explorer\/builds\/[^/]+\/rejects$/, '/explorer/builds/:build/rejects'],
  [/^\/explorer\/builds\/[^/]+\/diff$/, '/explorer/builds/:build/diff'],
  [/^\/explorer\/banners\/[^/]+$/, '/explorer/banners/:banner'],
  [/^\/explorer\/campaigns\/[^/]+$/, '/explorer/campaigns/:id'],
  [/^\/explorer\/campaigns\/[^/]+\/banners$/, '/explorer/campaigns/:id/banners'],
  [/^\/explorer\/campaigns\/[^/]+\/banners\/[^/]+$/, '/explorer/campaigns/:id/banners/:banner'],
  [/^\/docs\/[^/]+$/, '/docs/:file'],
  [/^\/impressions\/[^/]+\.png$/, '/impressions/:token.png'],
  [/^\/impressions\/[^/]+$/, '/impressions/:token'],
  [/^\/clicks\/[^/]+$/, '/clicks/:token'],
  [
    /^\/(?:embed\.js|openapi\.json|docs|explorer\/style\.css|explorer\/icon\.svg|explorer\/(?:builds|banners|received)|explorer\/campaigns\.(?:csv|json)|explorer\/events(?:\.json|\.csv)?|conversions)?$/,
    '',
  ],
]

/** Names the route of a target; `other` if there is none. */
export function findRoute(target: string): string {
  const path = target.split('?', 1)[0] ?? ''
  if (!isNormalTarget(path)) return 'other'
  const found = ROUTES.find(([pattern]) => pattern.test(path))
  return found === undefined ? 'other' : found[1] || path
}

/** Whether a path is of the pages for people, which are not for other sites: explorer and documentation. */
export function isPagePath(path: string): boolean {
  return /^\/(?:explorer|docs|openapi\.json)(?:\/|$)/.test(path)
}

/** Whether a path takes what happens to banners that were shown. */
export function isEventPath(path: string): boolean {
  return /^\/(?:impressions\/|clicks\/|conversions$)/.test(path)
}
