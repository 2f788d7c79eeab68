/**
 * Copies of a log of which it is known what its rows are: whatever is done to the file, no other row may come out, and
 * of those that do not come out each must be counted.
 */
import { gzipSync } from 'node:zlib'
import type { List, Table } from '../../contract/schema.ts'
import type { Variant } from './pollution.ts'

/** What was done to a log. */
type Kind = 'joined lines' | 'carriage return' | 'second table' | 'garbage' | 'wrapping'

/** A copy, and the rows that were in the log before. */
export interface RowVariant extends Variant {
  readonly kind: Kind
  /** Canonical, columns in the table's order. */
  readonly truth: readonly string[]
}

interface Log {
  readonly header: string
  readonly rows: readonly string[]
}

const LOGS: Readonly<Record<Table | List, Log>> = {
  impressions: {
    header: 'banner_id,campaign_id',
    rows: ['311,71', '322,72', '9,8', '333,73', '40,50', '344,74', '355,75', '311,71'],
  },
  clicks: {
    header: 'click_id,banner_id,campaign_id',
    rows: [
      '1011,31,7',
      '1022,32,7',
      '5,6,9',
      '1033,33,8',
      '1040,30,10',
      '9223372036854775807,34,9',
    ],
  },
  conversions: {
    header: 'conversion_id,click_id,revenue',
    rows: ['211,1011,0.5', '222,1022,12.25', '3,5,0', '233,1033,7', '240,1040,0.1', '250,1040,100'],
  },
  banners: {
    header: 'banner_id,click_url,alt,width,height',
    rows: [
      '31,https://a.example/x?c={campaign_id},Summer sale 1,300,250',
      '32,http://b.example,,,',
      '5,,9 of 10,728,90',
      '33,https://c.example/7,Größe 2,1,65535',
      '40,,,,',
      '50,https://d.example,4,5,6',
    ],
  },
  campaign_banners: {
    header: 'campaign_id,banner_id',
    rows: ['71,311', '72,322', '8,9', '73,333', '50,40', '74,344'],
  },
}

/** A way to write a log down. */
interface Form {
  readonly name: string
  /** Writes the header or one row. */
  readonly line: (text: string, isHeader: boolean) => string
  readonly end: string
}

const FORMS: readonly Form[] = [
  { name: 'plain', line: (text) => text, end: '\n' },
  { name: 'CRLF', line: (text) => text, end: '\r\n' },
  { name: 'quoted', line: (text) => text.replaceAll(/[^,]+/g, '"$&"'), end: '\n' },
  { name: 'quoted CRLF', line: (text) => text.replaceAll(/[^,]+/g, '"$&"'), end: '\r\n' },
  { name: 'noted', line: (text, isHeader) => `${text},${isHeader ? 'note' : 'red'}`, end: '\n' },
  {
    name: 'noted in front',
    line: (text, isHeader) => `${isHeader ? 'note' : ''},${text}`,
    end: '\n',
  },
]

/** What may stand where a line feed was; the empty text: it is lost. */
const SEPARATORS = [
  '',
  '\r',
  '\v',
  '\f',
  '\x1c',
  '\x1d',
  '\x1e',
  '\x1f',
  '\u0085',
  '\u2028',
  '\u2029',
  '\\n',
  '\\r\\n',
  ' ',
  '\t',
  ';',
  '|',
  '<br>',
  '\0',
  '\ufeff',
  '&#10;',
  '\r\r',
  '%0A',
  '","',
  ' / ',
]

/** Makes all variants of a table's log. */
export function polluteRows(table: Table | List): RowVariant[] {
  const log = LOGS[table]
  const truth = log.rows
  const made = [
    ...FORMS.flatMap((form) => [...joinedLines(log, form), ...returns(log, form)]),
    ...FORMS.flatMap((form) => [...secondTables(log, form), ...garbage(log, form)]),
    ...wrappings(log),
  ]
  const unique = new Map(made.map((variant) => [variant.content.toString('latin1'), variant]))
  const plain = [...unique.values()].map((variant) => ({ ...variant, truth }))
  // Every seventh of them is packed as well.
  return [...plain, ...plain.filter((_, place) => place % 7 === 0).map(packedCopy)]
}

type Made = Omit<RowVariant, 'truth'>

function linesOf({ header, rows }: Log, { line }: Form): string[] {
  return [line(header, true), ...rows.map((row) => line(row, false))]
}

function joinedLines(log: Log, form: Form): Made[] {
  const lines = linesOf(log, form)
  return SEPARATORS.flatMap((separator) =>
    lines.flatMap((_, from) =>
      [1, 2, 5]
        .filter((joints) => from + joints < lines.length)
        .map((joints) => {
          const joined = lines.slice(from, from + joints + 1).join(separator)
          const all = [...lines.slice(0, from), joined, ...lines.slice(from + joints + 1)]
          const name = `${joints} line ends after line ${from + 1} are ${JSON.stringify(separator)}`
          return make('joined lines', `${form.name}: ${name}`, ended(all, form.end))
        }),
    ),
  )
}

function returns(log: Log, form: Form): Made[] {
  const text = ended(linesOf(log, form), form.end)
  const places = Array.from({ length: text.length + 1 }, (_, at) => at)
  return [
    ...places.map((at) => {
      const content = `${text.slice(0, at)}\r${text.slice(at)}`
      return make('carriage return', `${form.name}: a carriage return at ${at}`, content)
    }),
    ...linesOf(log, form).flatMap((_, from) => {
      const lines = linesOf(log, form)
      const head = ended(lines.slice(0, from), form.end)
      return ['\r', '\r\r\n', '\n\r', '\r\n', '\n'].map((end) => {
        const content = head + ended(lines.slice(from), end)
        return make(
          'carriage return',
          `${form.name}: ${JSON.stringify(end)} from line ${from + 1}`,
          content,
        )
      })
    }),
  ]
}

/** Rows of a second table that are well-formed in the first. */
const SECOND_ROWS = [
  ['777', '1', '5'],
  ['778', '2', '6'],
]
const SECOND_BANNERS = [
  ['777', 'https://z.example', 'Winter', '3', '4'],
  ['778', '', '6', '', ''],
]

/** Names of two columns, and a third for the tables that have one. */
const HEADERS: readonly (readonly [string, string, string])[] = [
  ['store', 'sales', 'day'],
  ['store1', 'sales1', 'day1'],
  ['id2', 'views2', 'day2'],
  ['STORE', 'SALES', 'DAY'],
  ['Store Name', 'Sales (EUR)', 'Day of Week'],
  ['"store"', '"sales"', '"day"'],
  ["'store'", "'sales'", "'day'"],
  ['[store]', '[sales]', '[day]'],
  ['`store`', '`sales`', '`day`'],
  [' store', ' sales', ' day'],
  ['_id', '_views', '_day'],
  ['#store', 'sales', 'day'],
  ['магазин', 'продажи', 'день'],
  ['größe', 'zahl', 'tag'],
  ['店', '売上', '日'],
  ['a', 'b', 'c'],
  ['X', 'Y', 'Z'],
  ['count', 'count', 'count'],
  ['value', 'name', 'ref'],
  ['utm_source', 'utm_medium', 'utm_campaign'],
  ['store.id', 'store.name', 'store/day'],
  ['banner_id', 'views', 'spend'],
  ['campaign_id', 'banner_id', 'click_id'],
  ['CLICK_ID', 'BANNER_ID', 'CAMPAIGN_ID'],
  ['day', '2026-11-24', '2026-11-25'],
  ['2026-11-24', '2026-11-25', '2026-11-26'],
  ['24.11.2026', '25.11.2026', '26.11.2026'],
  ['11/24/2026', '11/25/2026', '11/26/2026'],
  ['7d', '30d', '90d'],
  ['1st', '2nd', '3rd'],
  ['7_day_views', '30_day_views', '90_day_views'],
  ['store', '2025', '2026'],
  ['', 'views', 'sales'],
]

function secondTables(log: Log, form: Form): Made[] {
  const lines = linesOf(log, form)
  const width = log.header.split(',').length
  const places = [1, 3, lines.length]
  // The log's own header once more is no second table.
  const others = HEADERS.filter((names) => names.slice(0, width).join() !== log.header)
  return others.flatMap((names) =>
    places.flatMap((at) =>
      ['', 'blank line', 'joined'].map((between) => {
        const rows = width === 5 ? SECOND_BANNERS : SECOND_ROWS
        const table = [[...names, ...names.slice(1)], ...rows].map((row, index) =>
          form.name === 'plain' || form.name === 'CRLF'
            ? row.slice(0, width).join(',')
            : form.line(row.slice(0, width).join(',').replaceAll('"', ''), index === 0),
        )
        const all = [...lines.slice(0, at), ...(between === 'blank line' ? [''] : []), ...table]
        if (between === 'joined') all.splice(at - 1, 2, `${all[at - 1]}${all[at]}`)
        const content = ended([...all, ...lines.slice(at)], form.end)
        const name = `${form.name}: ${names} after line ${at}, ${between || 'at once'}`
        return make('second table', name, content)
      }),
    ),
  )
}

/** Lines that are one bad row each and must not cost the others. */
const GARBAGE: readonly string[] = [
  'C,NA',
  'NULL,NULL',
  'NULL,NULL,NULL',
  'N/A,N/A',
  'nan,nan',
  'NaN,NaN,NaN',
  'None,None',
  '\\N,\\N',
  '(null),(null)',
  'total,12',
  'Total,3,',
  'x,7',
  'abc,30,7',
  'q011,31,7',
  '#REF!,#VALUE!',
  '-,-',
  '?,?',
  '1e3,2e3',
  '0x1F,0x2A',
  '1.5,2.5',
  '$5,$6',
  '+1,-2',
  'abc',
  '???',
  '<html>',
  '{}',
  '',
  ',',
  ',,',
  ',,,',
  '0,0',
  '-1,-1,-1',
  'true,false',
  '1,2,3,,,',
  '１,２',
  '"',
  '"1',
  '1"',
  '1,"2',
  '\t',
  '--,--,--',
  'undefined,undefined',
  'inf,-inf',
  '1;2;3',
  '2026-11-24,5',
]

function garbage(log: Log, form: Form): Made[] {
  const lines = linesOf(log, form)
  return GARBAGE.flatMap((bad) =>
    [1, 3, lines.length].map((at) => {
      const line = form.name.startsWith('noted') ? form.line(bad, false) : bad
      const content = ended([...lines.slice(0, at), line, ...lines.slice(at)], form.end)
      return make('garbage', `${form.name}: ${JSON.stringify(bad)} after line ${at}`, content)
    }),
  )
}

/** One log in many wrappings. */
function wrappings(log: Log): Made[] {
  const lines = linesOf(log, FORMS[0] ?? { name: '', line: (text) => text, end: '\n' })
  return ['\n', '\r\n'].flatMap((end) =>
    ['', '\uFEFF'].flatMap((mark) =>
      [0, 1, 2].flatMap((cut) => {
        const text = `${mark}${ended(lines, end)}`
        const content = cut < 1 ? text : text.slice(0, -Math.min(cut, end.length))
        const name = `${JSON.stringify(end)}${mark && ', a mark'}, ${cut} bytes cut off`
        return make('wrapping', name, content)
      }),
    ),
  )
}

function packedCopy(variant: RowVariant): RowVariant {
  const { name, content } = variant
  return { ...variant, name: `packed, ${name}`, content: gzipSync(content), file: 'file.csv.gz' }
}

function ended(lines: readonly string[], end: string): string {
  return lines.map((line) => line + end).join('')
}

function make(kind: Kind, name: string, text: string): Made {
  return { kind, name, content: Buffer.from(text), file: 'file.csv' }
}
