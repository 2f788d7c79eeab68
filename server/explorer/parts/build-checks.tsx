/** The checks of a build. */
import { formatCount } from '../../../contract/format-count.ts'
import type { Manifest } from '../../../contract/schema.ts'

/** A section with a table of all checks. */
export function Checks({ manifest: { checks } }: { manifest: Manifest }) {
  // What does not hold comes first.
  const sorted = checks.toSorted((a, b) => Number(a.passed) - Number(b.passed))
  return (
    <section aria-labelledby="checks">
      <h2 id="checks">Checks</h2>
      <section class="scroll" tabindex={0} aria-label="Table of checks">
        <table class="campaigns">
          <caption>An error stops a build, so here are warnings at most</caption>
          <thead>
            <tr>
              <th scope="col">What must hold</th>
              <th scope="col">Result</th>
              <th scope="col" class="number">
                Rows against it
              </th>
            </tr>
          </thead>
          <tbody>
            {sorted.map(({ name, passed, failing_rows: rows }) => (
              <tr>
                <th scope="row">{name.replaceAll('_', ' ')}</th>
                <td>{passed ? 'holds' : <span class="tag warn">warns</span>}</td>
                <td class="number">{formatCount(rows)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  )
}
