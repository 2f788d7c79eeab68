import { type Content, type Html, html } from '../../contract/html.ts'

/** A column of a table: its title, its cell for a row, and whether it holds numbers. */
export interface Column<Row> {
  readonly title: string
  readonly cell: (row: Row) => Content
  readonly isNumber?: boolean
}

/** A table of rows. */
export interface Table<Row> {
  readonly caption: string
  /** The first one names the row. */
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  /** The sums of the columns, as a last row. */
  readonly total?: readonly Content[]
}

/** Makes a table that can be scrolled sideways, by keyboard too. */
export function renderTable<Row>({ caption, columns, rows, total }: Table<Row>): Html {
  return html`<div class="scroll" tabindex="0" role="group" aria-label="${caption}">
<table>
<caption>${caption}</caption>
<thead><tr>${columns.map((column) => renderHead(column))}</tr></thead>
<tbody>
${rows.map((row) => html`<tr>${columns.map((column, place) => renderCell(column, column.cell(row), place))}</tr>\n`)}</tbody>
${total !== undefined && html`<tfoot><tr>${columns.map((column, place) => renderCell(column, total[place] ?? null, place))}</tr></tfoot>\n`}</table>
</div>`
}

function renderHead<Row>({ title, isNumber = false }: Column<Row>): Html {
  return isNumber
    ? html`<th scope="col" class="number">${title}</th>`
    : html`<th scope="col">${title}</th>`
}

function renderCell<Row>({ isNumber = false }: Column<Row>, content: Content, place: number): Html {
  if (place === 0) return html`<th scope="row">${content}</th>`
  return isNumber ? html`<td class="number">${content}</td>` : html`<td>${content}</td>`
}
