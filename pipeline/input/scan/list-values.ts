/** The rules about the values of lists. An empty value is allowed: it says that nothing is given. */
import type { Reject } from './line.ts'

/** Characters of a URL at most: what every browser, proxy and header takes. */
const MAX_URL_LENGTH = 2048
/** Characters of an alternative text at most: screen readers read it in one go. */
const MAX_ALT_LENGTH = 1000
/** Pixels: the longest side that a JPEG file may have. */
const MAX_SIZE = 65_535

/** What a click fills in, wherever it stands in the URL. */
const PLACEHOLDER = /\{(campaign_id|banner_id|click_id)\}/g
/** The same as URLs are written. */
const WRITTEN_PLACEHOLDER = /%7B(campaign_id|banner_id|click_id)%7D/gi

/**
 * Reads where a click leads: an absolute URL, http or https, without a user name.
 *
 * @returns As it stands there if that is printable ASCII; else in the form in which it is sent.
 */
export function parseUrl(field: string): string | Reject {
  if (field === '') return ''
  const text = isUrl(field) ? toSentForm(field) : ''
  return text === '' || text.length > MAX_URL_LENGTH ? { reason: 'not_a_url' } : text
}

/** Browsers read more than is written here: a space is cut off, a backslash is a slash. */
function isUrl(text: string): boolean {
  if (!/^https?:\/\/[^/\\?#]/i.test(text) || /[\s\\"<>^`|\p{C}]/u.test(text)) return false
  const filled = text.replace(PLACEHOLDER, '1')
  if (/[{}]/.test(filled) || !URL.canParse(filled)) return false
  const { username, password } = new URL(filled)
  return username === '' && password === ''
}

function toSentForm(text: string): string {
  if (/^[\x21-\x7e]+$/.test(text)) return text
  return URL.canParse(text) ? new URL(text).href.replace(WRITTEN_PLACEHOLDER, '{$1}') : ''
}

/** Reads a text that stands for a picture. Control characters but tabs are rejected with the line. */
export function parseAlt(field: string): string | Reject {
  const text = field.replaceAll('\t', ' ').trim()
  return text.length > MAX_ALT_LENGTH ? { reason: 'alt_too_long' } : text
}

/** Reads a size in pixels. */
export function parseSize(field: string): string | Reject {
  if (field === '') return ''
  const isSize = /^[1-9][0-9]{0,4}$/.test(field) && Number(field) <= MAX_SIZE
  return isSize ? field : { reason: 'not_a_size' }
}
