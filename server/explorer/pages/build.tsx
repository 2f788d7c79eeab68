/** `/explorer/builds/:build`: what went into a build, what it left out, and its checks. */
import { formatCount } from '../../../contract/format-count.ts'
import type { Manifest } from '../../../contract/schema.ts'
import type { BuildFacts } from '../data/build-jobs.ts'
import type { EarlierBuild } from '../earlier-build.ts'
import { formatMoment, formatSum, unit } from '../format.ts'
import { Checks } from '../parts/build-checks.tsx'
import { Inputs } from '../parts/build-inputs.tsx'
import { Rejects } from '../parts/build-rejects.tsx'
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
      <Rejects manifest={manifest} path={path} />
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

/** Warnings of the list; more would be a page that nobody reads. */
const MAX_WARNINGS = 200

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
        {all.slice(0, MAX_WARNINGS).map((words) => (
          <li>{words}</li>
        ))}
      </ul>
    </section>
  )
}
