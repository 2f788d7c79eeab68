/**
 * Which hosts may ask for pages that are not public.
 *
 * A page of another site can make its own name lead to this server's address (DNS rebinding): the browser then sends that
 * name, and lets the page read the answer. So what shows revenue, or how the server does, is for known names only.
 */
import { isIP } from 'node:net'
import { type OriginHeaders, readForwarded } from './forwarded.ts'
import { NO_HOST } from './origins.ts'

/** Settings that name hosts. */
export interface HostSettings {
  readonly publicUrl: string | undefined
  /** Names without a port, in lower case. */
  readonly allowedHosts: readonly string[]
  readonly trustProxy: boolean
}

/** Whether a request names a host of this server. */
export type HostCheck = (host: string | undefined, headers: OriginHeaders) => boolean

/** Makes the check: loopback names, addresses, the host of `--public-url`, and `--allowed-host`. */
export function createHostCheck({ publicUrl, allowedHosts, trustProxy }: HostSettings): HostCheck {
  const allowed = new Set(allowedHosts)
  if (publicUrl !== undefined) allowed.add(new URL(publicUrl).hostname)
  return (host, headers) => {
    const asked = (trustProxy ? readForwarded(headers).host : undefined) ?? host
    // No browser leaves the host out.
    if (asked === undefined || asked === NO_HOST) return true
    const name = parseName(asked)
    return isLoopbackName(name) || isAddress(name) || allowed.has(name)
  }
}

/** Without port and dot at the end, in lower case. */
function parseName(host: string): string {
  return host.replace(/:\d+$/, '').replace(/\.$/, '').toLowerCase()
}

/** @see https://www.rfc-editor.org/rfc/rfc6761#section-6.3 */
function isLoopbackName(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost')
}

function isAddress(name: string): boolean {
  return isIP(name.startsWith('[') ? name.slice(1, -1) : name) !== 0
}

/** Whether the server is reached from its own machine only. */
export function isLoopback(listenHost: string): boolean {
  const name = listenHost.toLowerCase().replace(/^\[|\]$/g, '')
  return isLoopbackName(name) || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'))
}
