/** What is served: the build, how fresh it is, and what is in it. */
import { formatCount } from '../../../contract/format-count.ts'
import type { ChangesState } from '../../pools/changes/describe.ts'
import { formatAge, formatMoment } from '../format.ts'
import { Fact } from './fact.tsx'

/** Facts about the served build. */
export interface BuildFacts {
  /** With the number of the last change. */
  readonly buildId: string
  /** Of the build alone. */
  readonly pageId: string
  readonly createdAt: Date
  readonly ageMs: number
  /** Hours after which it is too old. */
  readonly maxAgeHours: number
  readonly campaigns: number
  readonly pools: number
  /** Rows of the logs that count; of all input files. */
  readonly logRows: number
  /** Rows that were left out. */
  readonly rejects: number
  /** Undefined: the manifest does not say. */
  readonly candidates: number | undefined
  readonly changes: ChangeFacts
}

/** What a follower published on top of the build. */
interface ChangeFacts {
  readonly state: ChangesState
  /** Number of the last change; 0: there is none. */
  readonly n: number
  /** Since it was made; undefined: there is none. */
  readonly ageMs: number | undefined
}

/** What becomes of the changes, after their number. */
const CHANGE_WORDS: Readonly<Record<ChangesState, string>> = {
  none: '',
  applied: '',
  held: 'held: nothing newer is published until it is released',
  gap: 'the next one cannot be applied: nothing newer is served before the next build',
}

const HOUR_MS = 3_600_000

/** A section with the facts. */
export function BuildSection({ facts, root }: { facts: BuildFacts; root: string }) {
  const { buildId, pageId, createdAt, ageMs, maxAgeHours } = facts
  const isOld = ageMs > maxAgeHours * HOUR_MS
  return (
    <section aria-labelledby="build">
      <h2 id="build">Build</h2>
      <dl class="facts">
        <Fact name="Id">
          <a href={`${root}explorer/builds/${pageId}`}>
            <code>{buildId}</code>
          </a>
        </Fact>
        <Fact name="Made">
          <time datetime={createdAt.toISOString()}>{formatMoment(createdAt)}</time>,{' '}
          {formatAge(ageMs)}
          {isOld && <span class="tag warn">older than {maxAgeHours} hours</span>}
        </Fact>
        {facts.changes.state !== 'none' && <Changes changes={facts.changes} />}
        <Fact name="Campaigns">{formatCount(facts.campaigns)}</Fact>
        <Fact name="Pools">{formatCount(facts.pools)}</Fact>
        {facts.candidates !== undefined && (
          <Fact name="Candidates">{formatCount(facts.candidates)}</Fact>
        )}
        <Fact name="Log rows">
          {formatCount(facts.logRows)} counted, {formatCount(facts.rejects)} rejected
        </Fact>
      </dl>
    </section>
  )
}

function Changes({ changes: { state, n, ageMs } }: { changes: ChangeFacts }) {
  const words = CHANGE_WORDS[state]
  return (
    <Fact name="Changes">
      {n === 0 ? 'none yet' : formatCount(n)}
      {ageMs !== undefined && `, the last ${formatAge(ageMs)}`}
      {state === 'applied' && <span class="tag live">live</span>}
      {words !== '' && <span class="tag warn">{words}</span>}
    </Fact>
  )
}
