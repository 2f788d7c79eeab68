/** What a build left out, by reason. */
import { formatCount } from '../../../contract/format-count.ts'
import type { Manifest, RejectsByReason } from '../../../contract/schema.ts'
import { formatNumberOf } from '../format.ts'

/** A section; `path` leads to the build. */
export function Rejects({ manifest, path }: { manifest: Manifest; path: string }) {
  const rejected = manifest.inputs.reduce((sum, input) => sum + input.rejected, 0)
  const reasons = manifest.summary?.rejects_by_reason ?? []
  return (
    <section aria-labelledby="rejects">
      <h2 id="rejects">Rejected rows</h2>
      {rejected === 0 ? (
        <p>None.</p>
      ) : (
        <>
          <p>
            <a href={`${path}/rejects`}>{formatNumberOf(rejected, 'row')}</a> of the input were left
            out.
          </p>
          <section class="scroll" tabindex={0} aria-label="Table of reasons">
            <table class="campaigns">
              <caption>By reason, with the first of each</caption>
              <thead>
                <tr>
                  <th scope="col">Reason</th>
                  <th scope="col">Table</th>
                  <th scope="col" class="number">
                    Rows
                  </th>
                  <th scope="col">First</th>
                </tr>
              </thead>
              <tbody>
                {reasons.map((reason) => (
                  <ReasonRow reason={reason} path={path} />
                ))}
              </tbody>
            </table>
          </section>
        </>
      )}
    </section>
  )
}

function ReasonRow({ reason, path }: { reason: RejectsByReason; path: string }) {
  return (
    <tr>
      <th scope="row">
        <a href={`${path}/rejects?reason=${encodeURIComponent(reason.reason)}`}>
          <code>{reason.reason}</code>
        </a>
      </th>
      <td>{reason.table}</td>
      <td class="number">{formatCount(reason.reject_count)}</td>
      <td>
        {reason.file}, line {formatCount(reason.line)}: <code>{reason.text}</code>
      </td>
    </tr>
  )
}
