/** Absolute URLs in answers, so that they work from other sites. */

/** The URLs of one server, as its visitors see it. */
export interface Links {
  /** The server itself, without a slash at the end. */
  readonly base: string
  /** The path of `base`: empty where the server is at the root of its host. */
  readonly basePath: string
  readonly campaign: (campaignId: number) => string
  /** The path of {@link Links.campaign}, for cookies. */
  readonly campaignPath: (campaignId: number) => string
  readonly image: (bannerId: number) => string
  /**
   * `own`: the banner's own target, of `banners.csv`; it wins over the template. `clickId`: what the target is told of the
   * click; by default nothing.
   */
  readonly click: (
    campaignId: number,
    bannerId: number,
    own: string | undefined,
    clickId?: string,
  ) => string
}

const CLICK_ID = '{click_id}'

/** Where pictures and clicks go, if not to the server. */
export interface LinkTemplates {
  /** With `{banner_id}`; undefined: the server's own `/images/<banner_id>`. */
  readonly imageUrl: string | undefined
  /** With `{campaign_id}` and `{banner_id}`, for banners without a target of their own; undefined: the picture. */
  readonly clickUrl: string | undefined
}

/**
 * Makes the links of a server.
 *
 * @param base - Origin, and a path if the server is published below one; without a slash at the end.
 */
export function createLinks(base: string, templates: LinkTemplates): Links {
  const basePath = base.slice(originOf(base).length)
  const image = (bannerId: number) =>
    templates.imageUrl === undefined
      ? `${base}/images/${bannerId}`
      : templates.imageUrl.replaceAll('{banner_id}', String(bannerId))
  return {
    base,
    basePath,
    image,
    campaign: (campaignId) => `${base}/campaigns/${campaignId}`,
    campaignPath: (campaignId) => `${basePath}/campaigns/${campaignId}`,
    click: (campaignId, bannerId, own, clickId = '') => {
      const target = own ?? templates.clickUrl ?? image(bannerId)
      const filled = target.includes('{') ? fillIds(target, campaignId, bannerId) : target
      return clickId === '' && !filled.includes('{') ? filled : addClickId(filled, clickId)
    },
  }
}

function fillIds(template: string, campaignId: number, bannerId: number): string {
  return template
    .replaceAll('{campaign_id}', String(campaignId))
    .replaceAll('{banner_id}', String(bannerId))
}

/** Where the target does not say where it wants the id, it is a parameter of the query. */
function addClickId(target: string, clickId: string): string {
  if (clickId === '' || target.includes(CLICK_ID)) return target.replaceAll(CLICK_ID, clickId)
  const [address = '', ...fragment] = target.split('#')
  const mark = address.includes('?') ? (/[?&]$/.test(address) ? '' : '&') : '?'
  return [`${address}${mark}click_id=${clickId}`, ...fragment].join('#')
}

/** The scheme, host and port of an HTTP URL that was parsed before: a slice is enough. Empty for a path. */
export function originOf(url: string): string {
  if (url.startsWith('/')) return ''
  const end = url.indexOf('/', 'https://'.length)
  return end === -1 ? url : url.slice(0, end)
}
