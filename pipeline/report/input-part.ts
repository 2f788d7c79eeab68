import { formatCount } from '../../contract/format-count.ts'
import { type Content, type Html, html } from '../../contract/html.ts'
import type { Manifest, ManifestInput } from '../../contract/schema.ts'
import { drawBars, drawRows } from './charts.ts'
import type { ReportData } from './data.ts'
import { figure, part, sumBy } from './part.ts'
import { renderTable } from './table.ts'
import { plural } from './words.ts'

/** Longer lists are in the manifest; a page of them is not read. */
const MOST_FILES = 200
const MOST_REASONS = 12

/** What became of each file and each line. */
export function inputPart(
  { inputs, warnings }: Pick<Manifest, 'inputs' | 'warnings'>,
  { rejects }: ReportData,
): Html {
  const shown = inputs.slice(0, MOST_FILES)
  // A list belongs to no dataset.
  const logs = inputs.filter(({ dataset }) => dataset !== null)
  const counts = ['rows', 'accepted', 'rejected', 'duplicates'] as const
  const files = renderTable({
    caption: 'Files and what became of their lines',
    rows: shown,
    columns: [
      { title: 'file', cell: ({ path }) => html`<code>${path}</code>` },
      { title: 'bytes', cell: ({ bytes }) => formatCount(bytes), isNumber: true },
      ...counts.map((count) => ({
        title: count === 'rows' ? 'lines' : count,
        cell: (input: ManifestInput) => formatCount(input[count]),
        isNumber: true,
      })),
      { title: 'status', cell: ({ status }) => status },
    ],
    total: [
      inputs.length > shown.length ? 'all files' : 'total',
      formatCount(sumBy(inputs, ({ bytes }) => bytes)),
      ...counts.map((count) => formatCount(sumBy(inputs, (input) => input[count]))),
    ],
  })
  const rest = inputs.length - shown.length
  return part('Input', inputSentence(inputs), [
    renderWarnings(inputs, warnings),
    html`<div class="pair">${figure('Lines of each log', drawRows(rowsLabel(logs), logs))}
${renderRejects(rejects)}</div>`,
    files,
    rest > 0 && html`<p class="soft">${plural(rest, 'more file')} in manifest.json.</p>`,
  ])
}

function rowsLabel(inputs: readonly ManifestInput[]): string {
  const tables = ['impressions', 'clicks', 'conversions'].map((table) => {
    const own = inputs.filter((input) => input.table === table)
    return `${formatCount(sumBy(own, ({ rows }) => rows))} ${table}`
  })
  return `Bars: lines of each log by dataset, in all ${tables.join(', ')}`
}

function inputSentence(inputs: readonly ManifestInput[]): string {
  const sum = (count: 'rows' | 'accepted' | 'rejected' | 'duplicates') =>
    sumBy(inputs, (input) => input[count])
  const { rows, accepted, rejected, duplicates } = {
    ...{ rows: sum('rows'), accepted: sum('accepted') },
    ...{ rejected: sum('rejected'), duplicates: sum('duplicates') },
  }
  return `Every line after a header is accepted, rejected or a duplicate: ${formatCount(accepted)} + ${formatCount(rejected)} + ${formatCount(duplicates)} = ${formatCount(rows)}.`
}

function renderWarnings(inputs: readonly ManifestInput[], others: readonly string[]): Content {
  const warnings = [
    ...others.map((text) => html`${text}`),
    ...inputs.flatMap(({ path, warnings: own }) =>
      own.map((text) => html`<code>${path}</code>: ${text}`),
    ),
  ]
  if (warnings.length === 0) return null
  const rest = warnings.length - MOST_REASONS
  return html`<ul class="notes">${warnings.slice(0, MOST_REASONS).map((text) => html`<li>${text}</li>`)}${rest > 0 && html`<li>${plural(rest, 'more warning')} in manifest.json</li>`}</ul>`
}

function renderRejects(rejects: ReportData['rejects']): Content {
  if (rejects.length === 0) return html`<p class="soft">No line was rejected.</p>`
  const shown = rejects.slice(0, MOST_REASONS)
  const bars = shown.map(({ table, reason, reject_count: count }) => ({
    ...{ name: `${table} ${reason}`, count },
  }))
  const rest = rejects.length - shown.length
  const label = `Bars: rejected lines by reason, most ${bars[0]?.name}`
  return html`<div class="stack">${figure('Rejected lines by reason', drawBars(label, bars))}
${renderTable({
  caption: 'The first rejected line of each reason',
  rows: shown,
  columns: [
    { title: 'reason', cell: ({ table, reason }) => `${table} ${reason}` },
    { title: 'lines', cell: ({ reject_count: count }) => formatCount(count), isNumber: true },
    { title: 'where', cell: ({ file, line }) => html`<code>${file}:${line}</code>` },
    { title: 'text', cell: ({ text }) => html`<code>${text.slice(0, 40)}</code>` },
  ],
})}${rest > 0 && html`<p class="soft">${plural(rest, 'more reason')} in rejects.parquet.</p>`}</div>`
}
