/**
 * One generated input with everything in it that a log can do to a reader: a random world of pools.property, written
 * to files of every form, with lines that no reader may take.
 */
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import type { InputFiles } from './builds.ts'
import { csvFilesOf, worlds } from './worlds.ts'

/** Decides the world; any other number would do as well. */
const WORLD_SEED = 20_261_123
/** Chosen so that each table of each dataset has one file of each of the first three forms. */
const FILES_PER_TABLE = 3

/** How a file is written: its lines, the header first, to bytes. */
type Form = (lines: readonly string[]) => string | Uint8Array

/** In the order of the files `_a`, `_b`, `_c` of a table. */
const FORMS: readonly Form[] = [quotedAndDamaged, reorderedReturns, packed]

/** Makes the files; the same at every call. */
export function edgeLogs(): InputFiles {
  const [world] = fc.sample(worlds, { seed: WORLD_SEED, numRuns: 1 })
  if (world === undefined) throw new Error('no world')
  const plain = csvFilesOf(world, { filesPerTable: FILES_PER_TABLE, shuffleSeed: 5 })
  const files: Record<string, string | Uint8Array> = {}
  for (const [path, text] of Object.entries(plain)) {
    const place = 'abc'.indexOf(path.charAt(path.length - '.csv'.length - 1))
    const form = FORMS[place] ?? quotedAndDamaged
    files[form === packed ? `${path}.gz` : path] = form(text.trimEnd().split('\n'))
  }
  return { ...files, ...wholeFiles(files) }
}

/** Quotes around some numbers, a byte order mark, no last line end, and a line for each reason of a reject. */
function quotedAndDamaged([header = '', ...rows]: readonly string[]): string {
  const [first = '', ...others] = rows
  const quoted = others.map((row, index) =>
    index % 7 === 0 ? row.replaceAll(/[^,]+/g, '"$&"') : row,
  )
  return `\uFEFF${[header, first, ...quoted, ...damagedLines(header)].join('\n')}`
}

function damagedLines(header: string): string[] {
  const count = header.split(',').length
  const row = (value: string) => [...Array(count - 1).fill('5'), value].join(',')
  const isConversions = header.endsWith('revenue')
  return [
    '',
    `${row('5')}\r`,
    row('5\u0001'),
    row('"5'),
    header,
    `${row('5')},5`,
    row(''),
    row('5x'),
    row('\\N'),
    isConversions ? row('1000000000000') : row('9007199254740992'),
    '0,'.repeat(count - 1) + (isConversions ? '1.5' : '1'),
    '012,'.repeat(count - 1) + (isConversions ? '01.5' : '1'),
  ]
}

/** Columns the other way round with strange ones between, and lines that end as on Windows. */
function reorderedReturns(lines: readonly string[]): string {
  const [header = '', ...rows] = lines
  const wide = [
    [...header.split(',').reverse(), 'note', 'site id'].join(','),
    ...rows.map((row, index) => [...row.split(',').reverse(), `\\${index}`, ''].join(',')),
  ]
  return `${wide.join('\r\n')}\r\n`
}

/** Two members, as `cat a.gz b.gz` makes them. */
function packed(lines: readonly string[]): Uint8Array {
  const [header = '', ...rows] = lines
  return Buffer.concat([gzipSync(`${header}\n`), gzipSync(`${rows.join('\n')}\n`)])
}

/** A file with a header alone, the same file twice, and one of which only the name of a column is special. */
function wholeFiles(files: Readonly<Record<string, string | Uint8Array>>): InputFiles {
  const path = '2/clicks_c.csv.gz'
  const content = files[path]
  if (content === undefined) throw new Error(`no such file: ${path}`)
  return {
    '1/clicks_empty.csv': 'click_id,banner_id,campaign_id\n',
    '2/clicks_copy.csv.gz': content,
    '3/conversions_wide.csv': [
      'revenue,note,conversion_id,click_id',
      '0.0000005,"näher, später",900001,1',
      '12.5,,900002,99999999',
      '7,plain,9223372036854775807,2',
      '',
    ].join('\n'),
    '4/impressions_big.csv': 'campaign_id,banner_id\n9007199254740991,9007199254740991\n1,94\n',
  }
}
