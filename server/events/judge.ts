/** Whether who sends an event counts: by the method and a few headers, none of which is kept. */
import { isbot } from 'isbot'
import { hasOptedOut, type RequestHeaders } from '../banner/request.ts'
import type { Rejection } from './event.ts'

/** A request for an event address, as far as it matters. */
export interface EventRequest {
  readonly method: string
  readonly headers: RequestHeaders & { readonly 'user-agent'?: string | undefined }
}

/** Browsers' and older ones' words for asking ahead; `prefetch;prerender` is one of a page that is rendered ahead. */
const AHEAD = /\b(?:prefetch|prerender|preview)\b/

/**
 * Finds why a request does not count.
 *
 * @returns Undefined: it counts.
 * @see https://wicg.github.io/nav-speculation/prefetch.html#sec-purpose-header
 */
export function findRejection({ method, headers }: EventRequest): Rejection | undefined {
  if (method === 'HEAD') return 'head'
  const purposes = [headers['sec-purpose'], headers.purpose, headers['x-moz']]
  if (purposes.some((purpose) => typeof purpose === 'string' && AHEAD.test(purpose))) {
    return 'prefetch'
  }
  const agent = headers['user-agent']
  if (agent === undefined || agent === '' || isbot(agent)) return 'robot'
  return hasOptedOut(headers) ? 'opt_out' : undefined
}
