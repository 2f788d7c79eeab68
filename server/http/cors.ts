/** Which pages may read answers together with their visitors' cookies. */
import type { Answer } from '../base/answer.ts'

/** Fits an answer to the page that asked, by its `Origin` header. */
export type Cors = <T extends Answer>(answer: T, origin: string | undefined) => T

/**
 * Makes the rule.
 *
 * Without a list every page may read answers, none with cookies: an answer stays as it is. With one, only pages of these
 * origins may read them, and with cookies.
 *
 * @param allowed - Origins, as browsers write them: `https://shop.example`.
 * @see https://fetch.spec.whatwg.org/#http-cors-protocol
 */
export function createCors(allowed: readonly string[]): Cors {
  if (allowed.length === 0) return (answer) => answer
  const origins = new Set(allowed)
  return (answer, origin) => {
    const { 'Access-Control-Allow-Origin': _, Vary: vary, ...kept } = answer.headers
    const headers = { ...kept, Vary: vary === undefined ? 'Origin' : `${vary}, Origin` }
    if (origin === undefined || !origins.has(origin)) return { ...answer, headers }
    return {
      ...answer,
      headers: {
        ...headers,
        'Access-Control-Allow-Origin': origin,
        'Access-Control-Allow-Credentials': 'true',
      },
    }
  }
}
