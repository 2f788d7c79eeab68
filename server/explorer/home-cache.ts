/** The first page, made once for each build, minute, search and guarded campaigns: it shows the age of the build in minutes. */
import type { Answer } from '../base/answer.ts'
import { createRecent } from './data/recent.ts'
import type { PageContext } from './page-context.ts'

/** Answers that are kept, each of some 20 kB. */
const MAX_ANSWERS = 64

/** Parameters of the query that make another page. */
const NAMES = ['q', 'page', 'sort', 'order', 'show', 'since']

const MINUTE_MS = 60_000

/** A page, and whether the next visitor may have the same one. */
export interface MadePage {
  readonly answer: Answer
  readonly isComplete: boolean
}

/** Makes a function that gives what `make` made for a visit like this, or lets it make one. */
export function keepHome(
  make: (visit: PageContext) => Promise<MadePage>,
): (visit: PageContext) => Promise<Answer> {
  const recent = createRecent<MadePage>(MAX_ANSWERS)
  let denylist: PageContext['denylist'] | undefined
  let generation = 0
  return async (visit) => {
    if (visit.denylist !== denylist) generation++
    denylist = visit.denylist
    const minute = Math.floor(visit.now.getTime() / MINUTE_MS)
    const guarded = (await visit.guarded()).map(({ campaign_id, dataset }) => [
      campaign_id,
      dataset,
    ])
    const asked = [
      guarded,
      visit.build.version,
      visit.root,
      visit.links.base,
      ...NAMES.map((name) => visit.query(name)),
      visit.query('watch') !== undefined,
    ]
    const key = JSON.stringify([generation, minute, ...asked])
    const { answer, isComplete } = await recent.get(key, () => make(visit))
    if (!isComplete) recent.forget(key)
    return answer
  }
}
