/** The style sheet and the icon of the pages. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Answer } from '../base/answer.ts'

const STYLE = readFileSync(new URL('style.css', import.meta.url), 'utf8')

/** A small banner. */
const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 6 5"><rect width="6" height="5" rx="1" fill="#0969da"/></svg>'

/** Changes with the style sheet, so that its URL does: an old one is never used with a new page. */
export const STYLE_VERSION = createHash('sha256').update(STYLE).digest('hex').slice(0, 8)

const HEADERS = {
  'Cache-Control': 'public, max-age=86400',
  'X-Content-Type-Options': 'nosniff',
}

/** Answers with the style sheet. */
export function answerStyle(): Answer {
  const headers = { 'Content-Type': 'text/css; charset=utf-8', ...HEADERS }
  return { status: 200, headers, body: STYLE }
}

/** Answers with the icon. */
export function answerIcon(): Answer {
  return { status: 200, headers: { 'Content-Type': 'image/svg+xml', ...HEADERS }, body: ICON }
}
