/** The style of the report: the reader's own colours, light or dark, and black on white paper. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ink: #1b1f24; --soft: #57606a; --line: #d0d7de; --paper: #fff; --tint: #f6f8fa;
  --bar: #0969da; --bar-soft: #b6d7fb; --good: #1a7f37; --bad: #b42318;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e6edf3; --soft: #9da7b3; --line: #30363d; --paper: #0d1117; --tint: #161b22;
    --bar: #58a6ff; --bar-soft: #1f4b80; --good: #56d364; --bad: #ff938a;
  }
}
* { box-sizing: border-box }
body {
  margin: 0 auto; padding: 2.5rem 1.25rem 4rem; max-width: 68rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums;
}
h1 { margin: 0; font-size: 1.75rem; line-height: 1.2; letter-spacing: -.01em }
h2 { margin: 0 0 .25rem; font-size: 1.25rem; line-height: 1.3 }
p { margin: .25rem 0 1rem; max-width: 46rem }
code { font: .875em ui-monospace, monospace; overflow-wrap: anywhere }
.soft { color: var(--soft) }
.part { margin-top: 2rem; padding-top: 1.5rem; border-top: 1px solid var(--line) }
.facts { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; margin: .75rem 0 0; padding: 0; list-style: none }
.facts { color: var(--soft); font-size: .875rem }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: .75rem; margin: 1.5rem 0 0 }
.figures div { display: flex; flex-direction: column; padding: .75rem 1rem; border: 1px solid var(--line); border-radius: .5rem }
.figures dt { order: 1; color: var(--soft); font-size: .875rem }
.figures dd { margin: 0; font-size: 1.625rem; font-weight: 600; line-height: 1.25 }
.figures dd.note { order: 2; color: var(--soft); font-size: .8125rem; font-weight: 400 }
.pair > * { min-width: 0 }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 25rem), 1fr)); gap: 1.25rem 2.5rem; align-items: start }
figure { margin: 0 }
caption { max-width: calc(100vw - 2.5rem) }
figcaption, caption { padding: 0 0 .5rem; text-align: left; font-size: .875rem; font-weight: 600 }
svg { display: block; max-width: 100%; height: auto; overflow: visible }
.chart { font: 12px system-ui, sans-serif; font-variant-numeric: tabular-nums }
.patterns { position: absolute; width: 0; height: 0 }
.scroll { overflow-x: auto }
.stack { display: grid; gap: 1.5rem; min-width: 0 }
.pair + .scroll, .notes + .pair { margin-top: 1.5rem }
.scroll:focus-visible { outline: 2px solid var(--bar); outline-offset: 2px }
table { width: 100%; border-collapse: collapse; font-size: .875rem }
th, td { padding: .3125rem .75rem .3125rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top }
th:last-child, td:last-child { padding-right: 0 }
thead th { color: var(--soft); font-weight: 500; vertical-align: bottom }
tbody th { font-weight: 400 }
tbody th code { white-space: nowrap }
.number + :not(.number) { padding-left: .75rem }
tfoot th, tfoot td { border-bottom: 0; font-weight: 600 }
.number { text-align: right; white-space: nowrap }
td code { overflow-wrap: normal; white-space: pre }
.verdict { white-space: nowrap; font-weight: 600 }
.ok { color: var(--good) }
.bad { color: var(--bad) }
.notes { margin: 0 0 1rem; padding-left: 1.25rem; max-width: 46rem }
@media print {
  :root {
    color-scheme: light;
    --ink: #000; --soft: #444; --line: #bbb; --paper: #fff; --tint: #fff;
    --bar: #444; --bar-soft: #ccc; --good: #000; --bad: #000;
  }
  @page { margin: 15mm }
  body { padding: 0; max-width: none; font-size: 10pt }
  .pair { grid-template-columns: 1fr; gap: 1rem }
  .pair svg { max-width: 11cm }
  table { font-size: 8.5pt }
  .figures { grid-template-columns: repeat(4, 1fr) }
  .scroll { overflow: visible }
  figure, tr, .figures div { break-inside: avoid }
  h2, caption, thead { break-after: avoid }
  td code { white-space: pre-wrap }
}
`
