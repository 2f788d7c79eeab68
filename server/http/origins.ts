/** Under which origin a visitor asked, hence the links of the answer. */
import { createLinks, type Links, type LinkTemplates } from '../banner/links.ts'
import { type OriginHeaders, readForwarded } from './forwarded.ts'

/** Settings that determine the public origin. */
export interface OriginSettings {
  /** Without a slash at the end; undefined: the origin of each request. */
  readonly publicUrl: string | undefined
  /** Whether `X-Forwarded-…` and `Forwarded` are believed: only a proxy that sets them may reach the server. */
  readonly trustProxy: boolean
  /** Of requests whose headers do not tell; by default `http`. */
  readonly scheme?: 'http' | 'https'
  /** What the origin of a request is followed by in its links, like `/default`; by default nothing. */
  readonly basePath?: string
}

/**
 * Finds the links of a request by its host. No host: HTTP/1.0, whose links are those of `--public-url`, or relative.
 * Undefined: no host is written like this.
 */
export type LinkFinder = (host: string | undefined, headers: OriginHeaders) => Links | undefined

/** The host in the URL of a request that named none, where a URL must have one. It is in no DNS (RFC 6761). */
export const NO_HOST = 'no-host.invalid'

/** Characters: a DNS name has at most 253, a port 5 and its colon. */
const MAX_HOST_LENGTH = 259

/** Hosts that are remembered; there are a handful, or somebody makes them up. */
const MAX_HOSTS = 1_000

// A name, an IPv4 address or an IPv6 one in brackets, and a port. Names of two scripts come as punycode.
const HOST = /^(?:[a-z\d](?:[\w.-]*[a-z\d])?\.?|\[[\da-f:.]{2,45}\])(?::\d{1,5})?$/i

/** Makes the finder. Links are made once per host. */
export function createLinkFinder(
  { publicUrl, trustProxy, scheme: ownScheme = 'http', basePath = '' }: OriginSettings,
  templates: LinkTemplates,
): LinkFinder {
  const known = { http: new Map<string, Links | null>(), https: new Map<string, Links | null>() }
  const withoutHost = createLinks(publicUrl ?? basePath, templates)
  const find = (scheme: 'http' | 'https', host: string | undefined): Links | undefined => {
    if (host === undefined || host === NO_HOST) return withoutHost
    const hosts = known[scheme]
    const found = hosts.get(host)
    if (found !== undefined) return found ?? undefined
    if (hosts.size >= MAX_HOSTS) hosts.clear()
    const origin = parseOrigin(scheme, host)
    const links =
      origin === undefined ? null : createLinks(publicUrl ?? origin + basePath, templates)
    hosts.set(host, links)
    return links ?? undefined
  }
  if (!trustProxy) return (host) => find(ownScheme, host)
  return (host, headers) => {
    const forwarded = readForwarded(headers)
    const scheme = forwarded.proto ?? ownScheme
    if (scheme !== 'http' && scheme !== 'https') return undefined
    return find(scheme, forwarded.host ?? host)
  }
}

/** In lower case and without the scheme's own port, as browsers write it. */
function parseOrigin(scheme: string, host: string): string | undefined {
  if (host.length > MAX_HOST_LENGTH || !HOST.test(host)) return undefined
  const url = `${scheme}://${host}`
  return URL.canParse(url) ? new URL(url).origin : undefined
}
