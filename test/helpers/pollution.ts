/** Damaged and unusual copies of a small file, of every kind that logs from other teams have been seen with. */
import { gzipSync } from 'node:zlib'

/** A copy, and what was done to it. */
export interface Variant {
  readonly name: string
  readonly content: Buffer
  readonly file: string
}

/** Bytes put in front of every byte. */
const HOSTILE = ['"', ',', ';', '\t', ' ', '\n', '\r', '\0', '\xff', '-', '.', 'e', '0', '\x1a']
/** Bytes put in place of every byte; single bits are flipped elsewhere. */
const REPLACING = ['"', ',', '\n', '\0']

/**
 * Makes all variants of a file.
 *
 * @param text - A header and some rows, in ASCII with line feeds.
 */
export function pollute(text: string): Variant[] {
  return [
    ...atEveryByte(text),
    ...bitFlips(text),
    ...truncations(text),
    ...wholeFile(text),
    ...encodings(text),
    ...packed(text),
  ]
}

function atEveryByte(text: string): Variant[] {
  const variants: Variant[] = []
  for (let at = 0; at < text.length; at += 1) {
    for (const byte of HOSTILE) {
      const name = `insert ${JSON.stringify(byte)} at ${at}`
      variants.push(latin(name, text.slice(0, at) + byte + text.slice(at)))
    }
    for (const byte of REPLACING) {
      const name = `${JSON.stringify(byte)} in place of ${at}`
      variants.push(latin(name, text.slice(0, at) + byte + text.slice(at + 1)))
    }
    variants.push(latin(`delete ${at}`, text.slice(0, at) + text.slice(at + 1)))
    variants.push(latin(`double ${at}`, text.slice(0, at + 1) + text.slice(at)))
  }
  return variants
}

function bitFlips(text: string): Variant[] {
  const variants: Variant[] = []
  for (let bit = 0; bit < text.length * 8; bit += 1) {
    const content = Buffer.from(text)
    const at = bit >> 3
    content[at] = (content[at] ?? 0) ^ (1 << (bit & 7))
    variants.push({ name: `flip bit ${bit}`, content, file: 'file.csv' })
  }
  return variants
}

function truncations(text: string): Variant[] {
  const returned = text.replaceAll('\n', '\r\n')
  return [
    ...Array.from({ length: text.length }, (_, at) => latin(`cut at ${at}`, text.slice(0, at))),
    ...Array.from({ length: returned.length }, (_, at) => {
      return latin(`CRLF lines cut at ${at}`, returned.slice(0, at))
    }),
  ]
}

function wholeFile(text: string): Variant[] {
  const [header = '', ...rows] = text.trimEnd().split('\n')
  const other = 'day,spend,currency\n20261123,5,7\n20261124,6,8\n'
  const edits: Readonly<Record<string, string>> = {
    'semicolons as delimiter': text.replaceAll(',', ';'),
    'tabs as delimiter': text.replaceAll(',', '\t'),
    'pipes as delimiter': text.replaceAll(',', '|'),
    'spaces after delimiters': text.replaceAll(',', ', '),
    'all values quoted': text.replaceAll(/[^,\n]+/g, '"$&"'),
    'all values in single quotes': text.replaceAll(/\d[^,\n]*/g, "'$&'"),
    'quotes doubled': text.replaceAll(/[^,\n]+/g, '""$&""'),
    'lines quoted': text.replaceAll(/^.*$/gm, '"$&"'),
    'trailing delimiters': text.replaceAll('\n', ',\n'),
    'trailing delimiters on rows only': `${header}\n${rows.map((row) => `${row},\n`).join('')}`,
    'leading delimiters': text.replaceAll(/^/gm, ','),
    'CRLF line ends': text.replaceAll('\n', '\r\n'),
    'CR line ends': text.replaceAll('\n', '\r'),
    'LFCR line ends': text.replaceAll('\n', '\n\r'),
    'CRLF behind the header only': text.replace('\n', '\r\n'),
    'CRLF behind one row': text.replace(`${rows[0]}\n`, `${rows[0]}\r\n`),
    'blank lines between': text.replaceAll('\n', '\n\n'),
    'blank line in front': `\n${text}`,
    'blank lines at the end': `${text}\n\n`,
    'lines of spaces': text.replaceAll('\n', '\n   \n'),
    'no last line end': text.trimEnd(),
    'no header': `${rows.join('\n')}\n`,
    'header only': `${header}\n`,
    'header without line end': header,
    'header twice': `${header}\n${text}`,
    'header in every second line': rows.map((row) => `${header}\n${row}\n`).join(''),
    'header in capitals': text.replace(header, header.toUpperCase()),
    'header with spaces': text.replace(header, header.replaceAll(',', ' , ')),
    'header with one column less': text.replace(header, header.split(',').slice(1).join(',')),
    'header with a column twice': text.replace(header, `${header},${header.split(',')[0]}`),
    'the file twice in itself': `${text}${text}`,
    'a second table behind a blank line': `${text}\n${other}`,
    'a second table at once': `${text}${other}`,
    'a preamble': `Report of March\n\n${text}`,
    'a comment line': `# made by export\n${text}`,
    'a comment between': text.replace('\n', '\n# comment\n'),
    'a footer': `${text}Total,${rows.length},\n`,
    'a sum as a footer': `${text}(${rows.length} rows)\n`,
    'an SQL prompt': `${text}\n(3 rows affected)\n`,
    'a quote that never closes': text.replace('\n', '\n"'),
    'a quoted line break': text.replace(/\n(\d+),/, '\n"$1\n",'),
    'a field short': text.replace(/\n\d+,/, '\n'),
    'a field more': text.replace(/(\n\d+),/, '$1,9,'),
    'thousands separators': text.replaceAll(/(\d)(\d{3})\b/g, '$1 $2'),
    'decimal commas': text.replaceAll('.', ','),
    'floats as ids': text.replaceAll(/(\d+),/g, '$1.0,'),
    exponents: text.replaceAll(/\n(\d)(\d+),/g, '\n$1e$2,'),
    'leading zeros': text.replaceAll(/\n(\d)/g, '\n00$1'),
    'full-width digits': text.replaceAll(/\n\d/g, '\n１'),
    'negative ids': text.replaceAll(/\n(\d)/g, '\n-$1'),
    nulls: text.replaceAll(/\n\d+,/g, '\nNULL,'),
    'a JSON array': `[${rows.map((row) => `[${row}]`).join(',\n')}]\n`,
    'an HTML error page': '<!doctype html><title>502 Bad Gateway</title>\n',
    'a NUL behind the last row': `${text}\0`,
    'a Ctrl-Z behind the last row': `${text}\x1a`,
    'a huge id': `${text}${'9'.repeat(400)},1,1\n`,
  }
  return Object.entries(edits).map(([name, content]) => utf8(name, content))
}

function encodings(text: string): Variant[] {
  const bigEndian = Buffer.from(`\uFEFF${text}`, 'utf16le').swap16()
  return [
    utf8('UTF-8 with a byte order mark', `\uFEFF${text}`),
    utf8('two byte order marks', `\uFEFF\uFEFF${text}`),
    utf8('zero-width spaces', text.replaceAll(',', '\u200b,')),
    utf8('no-break spaces', text.replaceAll(',', '\u00a0,')),
    plain('UTF-16 LE', Buffer.from(`\uFEFF${text}`, 'utf16le')),
    plain('UTF-16 LE without a mark', Buffer.from(text, 'utf16le')),
    plain('UTF-16 BE', bigEndian),
    plain('gzip without the name of it', gzipSync(text)),
  ]
}

function packed(text: string): Variant[] {
  const bytes = gzipSync(text)
  const cuts = Array.from({ length: bytes.length }, (_, at) => {
    return { name: `gzip cut at ${at}`, content: bytes.subarray(0, at), file: 'file.csv.gz' }
  })
  const flips = Array.from({ length: bytes.length }, (_, at) => {
    const content = Buffer.from(bytes)
    content[at] = (content[at] ?? 0) ^ 0x10
    return { name: `gzip with a flipped bit in byte ${at}`, content, file: 'file.csv.gz' }
  })
  return [
    { name: 'gzip', content: bytes, file: 'file.csv.gz' },
    { name: 'gzip twice', content: gzipSync(bytes), file: 'file.csv.gz' },
    { name: 'text named .gz', content: Buffer.from(text), file: 'file.csv.gz' },
    {
      name: 'gzip with a tail',
      content: Buffer.concat([bytes, Buffer.from('x')]),
      file: 'file.csv.gz',
    },
    ...cuts,
    ...flips,
  ]
}

function latin(name: string, text: string): Variant {
  return plain(name, Buffer.from(text, 'latin1'))
}

function utf8(name: string, text: string): Variant {
  return plain(name, Buffer.from(text))
}

function plain(name: string, content: Buffer): Variant {
  return { name, content, file: 'file.csv' }
}
