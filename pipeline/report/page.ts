import { formatCount } from '../../contract/format-count.ts'
import { html } from '../../contract/html.ts'
import type { Manifest } from '../../contract/schema.ts'
import { PATTERNS } from './charts.ts'
import { checksPart } from './checks-part.ts'
import type { ReportData } from './data.ts'
import { evaluationPart } from './evaluation-part.ts'
import { renderPage } from './frame.ts'
import { inputPart } from './input-part.ts'
import { overTimePart } from './over-time-part.ts'
import { sumBy } from './part.ts'
import type { ReportOptions } from './report.ts'
import { revenuePart } from './revenue-part.ts'
import { rulesPart } from './rules-part.ts'
import { turnoverPart } from './turnover-part.ts'
import { plural, shareWords } from './words.ts'

/**
 * Renders the report of a build as one page that needs no other file.
 *
 * @param manifest - Of the build; its list of outputs has no part in the page.
 * @param past - Earlier builds, the oldest first.
 * @param evaluation - Null if the build was not evaluated.
 */
export function renderReport(
  manifest: Omit<Manifest, 'outputs'>,
  data: ReportData,
  { past, evaluation }: Pick<ReportOptions, 'past' | 'evaluation'>,
): string {
  const { build_id, previous_build_id } = manifest
  const sure = evaluation !== null && evaluationPart(evaluation)
  return renderPage(
    `build ${build_id}`,
    html`${PATTERNS}
<header>
<h1>Banner pools, build <code>${build_id}</code></h1>
${renderFacts(manifest)}
${renderFigures(manifest, data)}
</header>
<main>
${rulesPart(data)}${revenuePart(data)}${overTimePart(data, past, manifest.created_at)}${sure}${turnoverPart(data, previous_build_id)}${inputPart(manifest, data)}${checksPart(manifest)}</main>`,
  )
}

function renderFacts({
  created_at,
  engine,
  seed,
  previous_build_id,
  format_version,
}: Omit<Manifest, 'outputs'>) {
  const time = `${created_at.slice(0, 10)} ${created_at.slice(11, 19)} UTC`
  return html`<ul class="facts">
<li>built <time datetime="${created_at}">${time}</time></li>
<li>engine ${engine.name} ${engine.version}</li>
<li>seed ${seed}</li>
<li>format ${format_version}</li>
<li>build before ${previous_build_id === null ? 'none' : html`<code>${previous_build_id}</code>`}</li>
</ul>`
}

/** The four numbers to look at first. */
function renderFigures({ inputs, checks }: Omit<Manifest, 'outputs'>, data: ReportData) {
  const rows = sumBy(inputs, (input) => input.rows)
  const accepted = sumBy(inputs, (input) => input.accepted)
  const pools = sumBy(data.rules, ({ pool_count }) => pool_count)
  const failed = checks.filter(({ passed }) => !passed).length
  const totals = data.turnover?.totals ?? null
  const changed = sumBy(totals ?? [], ({ changed_count }) => changed_count)
  const before = sumBy(totals ?? [], ({ pool_count }) => pool_count)
  const revenue = sumBy(data.covered, (row) => row.revenue)
  const pooled = sumBy(data.covered, (row) => row.pool_revenue)
  const figures = [
    [
      'pools',
      formatCount(pools),
      failed === 0
        ? `all ${plural(checks.length, 'check')} hold`
        : `${plural(failed, 'check')} to look at`,
    ],
    [
      'of revenue is in the pools',
      shareWords(pooled, revenue),
      'the rest is spread over other banners',
    ],
    [
      'of lines accepted',
      shareWords(accepted, rows),
      `${formatCount(accepted)} of ${formatCount(rows)}`,
    ],
    [
      'of pools changed',
      totals === null ? '–' : shareWords(changed, before),
      totals === null
        ? 'no build to compare with'
        : `${formatCount(changed)} of ${formatCount(before)}`,
    ],
  ]
  return html`<dl class="figures">${figures.map(
    ([name = '', value = '', note = '']) => html`
<div><dt>${name}</dt><dd>${value}</dd><dd class="note">${note}</dd></div>`,
  )}
</dl>`
}
