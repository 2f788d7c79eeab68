/** Reading conversions as advertisers send them: one as JSON, many as JSON, as lines of JSON, or as CSV. */
import { parseMicros } from './revenue.ts'

/** Conversions of one request. */
const MAX_CONVERSIONS = 1_000

/** A conversion as it was sent, not trusted. */
export interface SentConversion {
  /** Canonical decimal. */
  readonly conversionId: string
  /** `<number>.<code>`, unread. */
  readonly clickId: string
  /** Millionths. */
  readonly revenue: bigint
}

/** One of a request; what cannot be read has a sentence for its sender. */
export type ReadConversion =
  | { readonly sent: SentConversion }
  | { readonly fault: string; readonly conversionId: string | null }

/** A body. */
export interface ReadBody {
  /** A body of one JSON object is answered about that one. */
  readonly isSingle: boolean
  readonly conversions: readonly ReadConversion[]
}

const COLUMNS = ['conversion_id', 'click_id', 'revenue'] as const
const ID = /^[1-9]\d{0,18}$/
const GREATEST_ID = 2n ** 63n - 1n

/**
 * Reads a body by what is in it: programs that send the right thing often name the wrong type.
 *
 * @returns A sentence for the sender if it is nothing of the kind.
 */
export function readBody(text: string): ReadBody | string {
  const body = text.replace(/^\uFEFF/, '').trim()
  if (body === '')
    return 'the body is empty: send JSON or CSV with conversion_id, click_id and revenue'
  const rows = /^[[{]/.test(body) ? parseJson(body) : parseCsv(body)
  if (typeof rows === 'string') return rows
  if (rows.rows.length > MAX_CONVERSIONS) {
    return `at most ${MAX_CONVERSIONS} conversions fit one request`
  }
  return { isSingle: rows.isSingle, conversions: rows.rows.map(readConversion) }
}

interface Rows {
  readonly isSingle: boolean
  readonly rows: readonly unknown[]
}

function parseJson(body: string): Rows | string {
  try {
    const value: unknown = JSON.parse(body)
    if (Array.isArray(value)) return { isSingle: false, rows: value }
    const { conversions } = value as { conversions?: unknown }
    if (Array.isArray(conversions)) return { isSingle: false, rows: conversions }
    return { isSingle: true, rows: [value] }
  } catch {
    return parseJsonLines(body)
  }
}

function parseJsonLines(body: string): Rows | string {
  try {
    const lines = body.split('\n').filter((line) => line.trim() !== '')
    return { isSingle: false, rows: lines.map((line) => JSON.parse(line) as unknown) }
  } catch {
    return 'the body is not valid JSON'
  }
}

function parseCsv(body: string): Rows | string {
  const [header = '', ...lines] = body.split(/\r?\n/)
  const names = splitCsv(header)
  const places = COLUMNS.map((column) => names.indexOf(column))
  if (places.includes(-1)) {
    return `the body is neither JSON nor CSV with the header ${COLUMNS.join()}`
  }
  const rows = lines.map((line) => {
    const values = splitCsv(line)
    return Object.fromEntries(COLUMNS.map((column, i) => [column, values[places[i] ?? -1]]))
  })
  return { isSingle: false, rows }
}

/** None of the values has a comma of its own. */
function splitCsv(line: string): string[] {
  return line.split(',').map((value) => value.trim().replace(/^"(.*)"$/, '$1'))
}

function readConversion(row: unknown): ReadConversion {
  const { conversion_id, click_id, revenue } = (row ?? {}) as Record<string, unknown>
  const conversionId = readId(conversion_id)
  const refuse = (fault: string) => ({ fault, conversionId: conversionId ?? null })
  if (conversionId === undefined) {
    return refuse(
      'conversion_id must be a whole number from 1 to 9223372036854775807; above 9007199254740991 as a text',
    )
  }
  if (typeof click_id !== 'string') {
    return refuse('click_id must be the text that the target got, <number>.<code>')
  }
  const micros = isText(revenue) ? parseMicros(String(revenue)) : undefined
  if (micros === undefined) {
    return refuse('revenue must be a plain decimal, 0 or more, without sign and exponent')
  }
  return { sent: { conversionId, clickId: click_id, revenue: micros } }
}

function readId(value: unknown): string | undefined {
  // A number that JSON could not hold exactly is another one by now.
  if (typeof value === 'number' && !Number.isSafeInteger(value)) return undefined
  const text = isText(value) ? String(value) : ''
  return ID.test(text) && BigInt(text) <= GREATEST_ID ? text : undefined
}

function isText(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number'
}
