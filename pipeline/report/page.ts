import type { Manifest } from '../../contract/schema.ts'
import { PATTERNS } from './charts.ts'
import { checksPart } from './checks-part.ts'
import type { ReportData } from './data.ts'
import { Html, html } from './html.ts'
import { inputPart } from './input-part.ts'
import { sumOf } from './part.ts'
import { revenuePart } from './revenue-part.ts'
import { rulesPart } from './rules-part.ts'
import { STYLE } from './style.ts'
import { turnoverPart } from './turnover-part.ts'
import { countWords, plural, shareWords } from './words.ts'

/** Nothing is loaded and nothing runs: all that the page needs is in it. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"

/**
 * Renders the report of a build as one page that needs no other file.
 *
 * @param manifest - Of the build; its list of outputs has no part in the page.
 */
export function renderReport(manifest: Omit<Manifest, 'outputs'>, data: ReportData): string {
  const { build_id, previous_build_id } = manifest
  const page = html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Banner pools: build ${build_id}</title>
<link rel="icon" href="data:,">
<style>${new Html(STYLE)}</style>
</head>
<body>
${PATTERNS}
<header>
<h1>Banner pools, build <code>${build_id}</code></h1>
${factsOf(manifest)}
${figuresOf(manifest, data)}
</header>
<main>
${rulesPart(data)}${revenuePart(data)}${turnoverPart(data, previous_build_id)}${inputPart(manifest, data)}${checksPart(manifest)}</main>
</body>
</html>
`
  return page.markup
}

function factsOf({
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
function figuresOf({ inputs, checks }: Omit<Manifest, 'outputs'>, data: ReportData) {
  const rows = sumOf(inputs, (input) => input.rows)
  const accepted = sumOf(inputs, (input) => input.accepted)
  const pools = sumOf(data.rules, ({ pool_count }) => pool_count)
  const failed = checks.filter(({ passed }) => !passed).length
  const totals = data.turnover?.totals ?? null
  const changed = sumOf(totals ?? [], ({ changed_count }) => changed_count)
  const before = sumOf(totals ?? [], ({ pool_count }) => pool_count)
  const revenue = sumOf(data.covered, (row) => row.revenue)
  const pooled = sumOf(data.covered, (row) => row.pool_revenue)
  const figures = [
    [
      'pools',
      countWords(pools),
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
      `${countWords(accepted)} of ${countWords(rows)}`,
    ],
    [
      'of pools changed',
      totals === null ? '–' : shareWords(changed, before),
      totals === null
        ? 'no build to compare with'
        : `${countWords(changed)} of ${countWords(before)}`,
    ],
  ]
  return html`<dl class="figures">${figures.map(
    ([name = '', value = '', note = '']) => html`
<div><dt>${name}</dt><dd>${value}</dd><dd class="note">${note}</dd></div>`,
  )}
</dl>`
}
