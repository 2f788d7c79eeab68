/**
 * Splits a line at its commas, minding quoted fields (RFC 4180); a field never spans lines.
 *
 * @param line - Without its line end.
 * @returns The fields, without their quotes; null if a quote does not close or stands inside a field.
 */
export function splitFields(line: string): string[] | null {
  if (!line.includes('"')) return line.split(',')
  const fields: string[] = []
  let position = 0
  while (position <= line.length) {
    const field = line[position] === '"' ? quotedField(line, position) : bareField(line, position)
    if (field === null) return null
    fields.push(field.value)
    position = field.end + 1
  }
  return fields
}

interface Field {
  readonly value: string
  /** Where the comma behind the field stands, or the end of the line. */
  readonly end: number
}

function bareField(line: string, start: number): Field | null {
  const comma = line.indexOf(',', start)
  const end = comma === -1 ? line.length : comma
  const value = line.slice(start, end)
  return value.includes('"') ? null : { value, end }
}

function quotedField(line: string, start: number): Field | null {
  let close = line.indexOf('"', start + 1)
  while (close !== -1 && line[close + 1] === '"') close = line.indexOf('"', close + 2)
  if (close === -1) return null
  const end = close + 1
  if (end < line.length && line[end] !== ',') return null
  return { value: line.slice(start + 1, close).replaceAll('""', '"'), end }
}

/**
 * Tells whether a quote is still open where the line ends, so that the text after it may belong to the same field.
 *
 * @param line - A line that {@link splitFields} cannot split.
 */
export function endsInsideQuotes(line: string): boolean {
  let isInside = false
  for (const character of line) {
    if (character === '"') isInside = !isInside
  }
  return isInside
}
