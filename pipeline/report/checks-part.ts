import { formatCount } from '../../contract/format-count.ts'
import { type Html, html } from '../../contract/html.ts'
import type { Manifest, ManifestCheck } from '../../contract/schema.ts'
import { part } from './part.ts'
import { renderTable } from './table.ts'
import { plural } from './words.ts'

/** Whether what must hold does. */
export function checksPart({ checks }: Pick<Manifest, 'checks'>): Html {
  const failed = checks.filter(({ passed }) => !passed)
  const sorted = [...failed, ...checks.filter(({ passed }) => passed)]
  const sentence =
    failed.length === 0
      ? `All ${plural(checks.length, 'check')} found nothing.`
      : `${plural(failed.length, 'check')} of ${formatCount(checks.length)} found rows to look at. An error would have stopped the build.`
  const verdict = ({ passed, severity }: ManifestCheck) =>
    passed
      ? html`<span class="verdict ok">✓ holds</span>`
      : html`<span class="verdict bad">✗ ${severity === 'error' ? 'error' : 'warning'}</span>`
  return part('Checks', sentence, [
    renderTable({
      caption: 'What must hold, or should',
      rows: sorted,
      columns: [
        { title: 'fact', cell: ({ name }) => name.replaceAll('_', ' ') },
        { title: 'if not', cell: ({ severity }) => (severity === 'error' ? 'error' : 'warning') },
        { title: 'rows against it', cell: (row) => formatCount(row.failing_rows), isNumber: true },
        { title: 'verdict', cell: verdict },
      ],
    }),
  ])
}
