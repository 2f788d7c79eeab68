import { randomUUID } from 'node:crypto'

/** What a proxy may have called the request; anything else is not written into a log. */
const REQUEST_ID = /^[\w.:-]{1,64}$/

/** Takes the id that a proxy gave the request in `X-Request-Id`, or makes one. */
export function findRequestId(header: string | readonly string[] | undefined): string {
  return typeof header === 'string' && REQUEST_ID.test(header) ? header : randomUUID()
}
