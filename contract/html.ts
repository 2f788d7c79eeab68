/** HTML as a tagged template: whatever is put into it is text, unless it is HTML already. */

/** Markup that is safe to put into a page as it is. */
export class Html {
  readonly markup: string

  constructor(markup: string) {
    this.markup = markup
  }
}

/** What a template takes; null and false leave nothing, lists are joined. */
export type Content = Html | string | number | null | false | readonly Content[]

/** Makes markup: html`<td>${fileName}</td>` escapes the name. Attributes must stand in double quotes. */
export function html(parts: TemplateStringsArray, ...contents: readonly Content[]): Html {
  let markup = parts[0] ?? ''
  for (let place = 0; place < contents.length; place += 1) {
    markup += renderContent(contents[place] ?? null) + (parts[place + 1] ?? '')
  }
  return new Html(markup)
}

function renderContent(content: Content): string {
  if (content instanceof Html) return content.markup
  if (content === null || content === false) return ''
  if (typeof content === 'object') return content.map(renderContent).join('')
  return escapeText(String(content))
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Printable ASCII without what is escaped: most texts are, and stay as they are. */
const PLAIN = /^[ !#-%(-;=?-~]*$/

/** Control characters have no place in HTML and may turn the direction of a line; the reader sees where they were. */
function escapeText(text: string): string {
  if (PLAIN.test(text)) return text
  return text
    .replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
    .replaceAll(/[\p{Cc}\p{Bidi_Control}]|\p{Surrogate}/gu, '\u{fffd}')
}
