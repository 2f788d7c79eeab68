/** Which representation a request wants, by its headers `Sec-Fetch-Dest` and `Accept`. */
import { parseAccept } from 'hono/utils/accept'

/** The answers of one URL: a page for people, a page for a frame, a redirect to the picture, JSON. */
export type Representation = 'html' | 'frame' | 'image' | 'json'

/** What `Accept` chooses between. */
type Accepted = Exclude<Representation, 'frame'>

/** Order among equals: a page that a person navigates to also accepts images and anything else. */
const BY_PRECEDENCE: readonly Accepted[] = ['html', 'image', 'json']

/**
 * Chooses the representation: by where the answer will be shown, if the browser says so, else the one with the greatest q.
 *
 * HTML and the picture have to be asked for by name (`text/html`, `image/…`): what accepts anything, such as curl and
 * `fetch`, gets JSON, and so does a request that accepts none of the three.
 *
 * @param accept - The header, undefined if there is none.
 * @param destination - `Sec-Fetch-Dest`: browsers send it since 2019 (Safari 16.4), and no page can set it.
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.accept
 * @see https://www.w3.org/TR/fetch-metadata/#sec-fetch-dest-header
 */
export function chooseRepresentation(
  accept: string | undefined,
  destination?: string | readonly string[],
): Representation {
  switch (destination) {
    case 'image':
      return 'image'
    case 'iframe':
    case 'frame':
    case 'fencedframe':
    case 'embed':
    case 'object':
      return 'frame'
    default:
      return chooseAccepted(accept)
  }
}

function chooseAccepted(accept: string | undefined): Accepted {
  if (accept === undefined || accept === '*/*' || accept === 'application/json') return 'json'
  const quality = readQuality(accept)
  const greatest = Math.max(quality.html, quality.image, quality.json)
  if (greatest === 0) return 'json'
  return BY_PRECEDENCE.find((representation) => quality[representation] === greatest) ?? 'json'
}

function readQuality(accept: string): Record<Accepted, number> {
  const quality = { html: 0, image: 0, json: 0 }
  let named: number | undefined
  for (const { type, q } of parseAccept(accept)) {
    const name = type.toLowerCase()
    if (name === 'text/html') quality.html = Math.max(quality.html, q)
    else if (name.startsWith('image/')) quality.image = Math.max(quality.image, q)
    else if (name === 'application/json') named = q
    else if (name === '*/*' || name === 'application/*') quality.json = Math.max(quality.json, q)
  }
  return { ...quality, json: named ?? quality.json }
}
