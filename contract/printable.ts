/** Text that came from outside, made safe for a terminal and a log: names of files and columns, URLs, lines of a log. */

/**
 * What a terminal acts on or does not show: control characters (C0, DEL, C1), characters that change the direction of
 * text, characters without a width, line and paragraph separators, halves of a surrogate pair.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

/**
 * Makes a text of one visible line: characters that a terminal acts on or does not show become `\u{…}`.
 *
 * @returns `a\u{1b}[2Jb` for a name with an escape sequence in it. Other texts as they are.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`)
}

/**
 * Makes a text of JSON printable. It stays JSON with the same values: the characters are escaped as JSON does it, and
 * the line ends between its fields are kept.
 */
export function printableJson(json: string): string {
  return json.replace(UNPRINTABLE, (char) => (char === '\n' ? char : escapeUnits(char)))
}

/** `\u` and four digits for each of its one or two UTF-16 units. */
function escapeUnits(char: string): string {
  const units = Array.from({ length: char.length }, (_, index) => char.charCodeAt(index))
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
}
