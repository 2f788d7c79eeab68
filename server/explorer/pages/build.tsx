/** `/explorer/builds/:build`: what went into a build, what it left out, and its checks. */
import { formatCount } from '../../../contract/format-count.ts'
import type { Manifest, ManifestInput, RejectsByReason } from '../../../contract/schema.ts'
import type { BuildFacts } from '../data/build-jobs.ts'
import type { EarlierBuild } from '../earlier-build.ts'
import { formatMoment, formatNumberOf, formatSum, unit } from '../format.ts'
import { Fact } from '../parts/fact.tsx'
import { Page, renderPage } from '../parts/page.tsx'
import { LiveTag } from '../parts/quarter-nav.tsx'

/** What the page shows. */
export interface BuildView extends BuildFacts {
  readonly root: string
  readonly currency: string
  readonly isServed: boolean
  /** Builds that it can be compared with, the newest first. */
  readonly others: readonly EarlierBuild[]
}

/** Renders the page. */
export function renderBuild(view: BuildView): string {
  const { root, manifest, isServed, isEvaluated } = view
  const { build_id: id } = manifest
  const path = `${root}explorer/builds/${id}`
  return renderPage(
    <Page title={`Build ${id}`} root={root}>
      <p class="crumbs">
        <a href={`${root}explorer/builds`}>Builds</a>
      </p>
      <h1>
        Build <code>{id}</code> {isServed && <LiveTag />}
      </h1>
      <Facts view={view} />
      <p>
        <a href={`${path}/report`}>Report</a>: rules, revenue, turnover, input and checks on one
        page{isEvaluated && ', and how much luck is in the pools'}.
      </p>
      <Diff view={view} path={path} />
      <Rejects view={view} path={path} />
      <Checks manifest={manifest} />
      <Inputs manifest={manifest} />
      <Warnings manifest={manifest} />
    </Page>,
  )
}

function Facts({ view: { manifest, recorded, root, currency } }: { view: BuildView }) {
  const { created_at, version, engine, seed, previous_build_id, window } = manifest
  return (
    <dl class="facts">
      <Fact name="Made">
        <time datetime={created_at}>{formatMoment(new Date(created_at))}</time>
      </Fact>
      <Fact name="Build before">
        {previous_build_id === null ? (
          'none'
        ) : (
          <a href={`${root}explorer/builds/${previous_build_id}`}>
            <code>{previous_build_id}</code>
          </a>
        )}
      </Fact>
      {recorded !== undefined && (
        <>
          <Fact name="Campaigns, pools">
            {formatCount(recorded.campaigns)}, {formatCount(recorded.pools)}
          </Fact>
          <Fact name="Candidates">{formatCount(recorded.candidates)}</Fact>
          {recorded.pool_revenue !== null && (
            <Fact name={`Revenue in pools${unit(currency)}`}>
              {formatSum(recorded.pool_revenue)}
            </Fact>
          )}
        </>
      )}
      <Fact name="Seed, days">
        {seed}, {window === null ? 'all' : `${window.days} to ${window.day}`}
      </Fact>
      <Fact name="Program, engine">
        {version ?? 'unknown'}, {engine.name} {engine.version}
      </Fact>
    </dl>
  )
}

function Diff({ view: { others, manifest }, path }: { view: BuildView; path: string }) {
  if (others.length === 0) return null
  return (
    <section class="screen" aria-labelledby="diff">
      <h2 id="diff">What changed</h2>
      <form class="search" method="get" action={`${path}/diff`}>
        <label for="from">Compare with</label>
        <select id="from" name="from">
          {others.map(({ buildId, createdAt }) => (
            <option value={buildId} selected={buildId === manifest.previous_build_id}>
              {formatMoment(createdAt)}, {buildId}
            </option>
          ))}
        </select>
        <button type="submit">Show the difference</button>
      </form>
    </section>
  )
}

function Rejects({ view: { manifest }, path }: { view: BuildView; path: string }) {
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

function Checks({ manifest: { checks } }: { manifest: Manifest }) {
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

/** Files in the table; more would be a page that nobody reads. */
const MAX_FILES = 200

function Inputs({ manifest: { inputs } }: { manifest: Manifest }) {
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

function Warnings({ manifest: { warnings, inputs } }: { manifest: Manifest }) {
  const all = [
    ...warnings,
    ...inputs.flatMap((input) => input.warnings.map((words) => `${input.path}: ${words}`)),
  ]
  if (all.length === 0) return null
  return (
    <section aria-labelledby="warnings">
      <h2 id="warnings">Warnings</h2>
      <ul>
        {all.slice(0, MAX_FILES).map((words) => (
          <li>{words}</li>
        ))}
      </ul>
    </section>
  )
}
