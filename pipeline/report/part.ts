import { type Content, type Html, html } from '../../contract/html.ts'

/** Adds up a field of rows. */
export function sumBy<Row>(rows: readonly Row[], field: (row: Row) => number): number {
  return rows.reduce((sum, row) => sum + field(row), 0)
}

/** A chart with its title. */
export function figure(caption: string, chart: Html): Html {
  return html`<figure><figcaption>${caption}</figcaption>${chart}</figure>`
}

/** A part of the page: its title, a sentence that says what to see, and charts and tables. */
export function part(title: string, sentence: Content, contents: readonly Content[]): Html {
  return html`<section class="part">
<h2>${title}</h2>
<p>${sentence}</p>
${contents}
</section>
`
}
