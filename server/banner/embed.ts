/** `/embed.js`: the script that fills the slots of a publisher's page. What it does is in embed.client.js. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { type Answer, COMMON_HEADERS } from '../base/answer.ts'

/** What the answer depends on. */
export interface EmbedRequest {
  readonly acceptEncoding: string | undefined
  readonly ifNoneMatch: string | undefined
}

/** The script as it is sent: `scripts/minify-embed.mjs` makes it of embed.client.js, and a test holds it to that. */
export const EMBED_SCRIPT = readFileSync(new URL('embed.min.client.js', import.meta.url), 'utf8')

const COMPRESSED = gzipSync(EMBED_SCRIPT, { level: 9 })

// Weak, because it is the same for the script and its compressed form.
const ETAG = `W/"${createHash('sha256').update(EMBED_SCRIPT).digest('hex').slice(0, 16)}"`

// An hour: a page view costs no request, and a corrected script is everywhere within the hour. For the day after, a
// browser may use the old one while it asks for the new.
const HEADERS = {
  ...COMMON_HEADERS,
  'Content-Type': 'text/javascript; charset=utf-8',
  'Cache-Control': 'public, max-age=3600, stale-while-revalidate=86400',
  Vary: 'Accept-Encoding',
  ETag: ETAG,
}

/** Answers with the script, compressed for those who take it. */
export function answerEmbed({ acceptEncoding, ifNoneMatch }: EmbedRequest): Answer {
  if (ifNoneMatch?.includes(ETAG.slice('W/'.length))) {
    return { status: 304, headers: HEADERS, body: null }
  }
  if (!acceptsGzip(acceptEncoding)) return { status: 200, headers: HEADERS, body: EMBED_SCRIPT }
  return { status: 200, headers: { ...HEADERS, 'Content-Encoding': 'gzip' }, body: COMPRESSED }
}

/** Browsers list it without a weight, or with one above 0; what refuses it (`gzip;q=0`) gets the script as it is. */
function acceptsGzip(acceptEncoding: string | undefined): boolean {
  return (
    acceptEncoding !== undefined && /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/i.test(acceptEncoding)
  )
}
