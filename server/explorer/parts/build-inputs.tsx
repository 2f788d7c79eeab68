/** The input files of a build. */
import { formatCount } from '../../../contract/format-count.ts'
import type { Manifest, ManifestInput } from '../../../contract/schema.ts'
import { formatNumberOf } from '../format.ts'

/** Files in the table; more would be a page that nobody reads. */
const MAX_FILES = 200

/** A section with a table of files. */
export function Inputs({ manifest: { inputs } }: { manifest: Manifest }) {
  return (
    <section aria-labelledby="inputs">
      <h2 id="inputs">Input files</h2>
      <section class="scroll" tabindex={0} aria-label="Table of input files">
        <table class="campaigns">
          <caption>
            {formatNumberOf(inputs.length, 'file')}
            {inputs.length > MAX_FILES &&
              `, the first ${MAX_FILES}; manifest.json of the build has all`}
          </caption>
          <thead>
            <tr>
              <th scope="col">File</th>
              <th scope="col" class="number">
                Rows
              </th>
              <th scope="col" class="number">
                Accepted
              </th>
              <th scope="col" class="number">
                Rejected
              </th>
              <th scope="col" class="number">
                Duplicates
              </th>
              <th scope="col">Status</th>
            </tr>
          </thead>
          <tbody>
            {inputs.slice(0, MAX_FILES).map((input) => (
              <InputRow input={input} />
            ))}
          </tbody>
        </table>
      </section>
    </section>
  )
}

function InputRow({ input }: { input: ManifestInput }) {
  return (
    <tr>
      <th scope="row">{input.path}</th>
      <td class="number">{formatCount(input.rows)}</td>
      <td class="number">{formatCount(input.accepted)}</td>
      <td class="number">{formatCount(input.rejected)}</td>
      <td class="number">{formatCount(input.duplicates)}</td>
      <td>{input.status}</td>
    </tr>
  )
}
