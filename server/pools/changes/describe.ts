/** How far the changes on top of a build are applied, for people and probes. */
import type { LoadedBuild } from '../load.ts'

/**
 * What becomes of the changes: nobody publishes any; all are applied; publication is held; or one cannot be applied, so that
 * none is until the next build.
 */
export type ChangesState = 'none' | 'applied' | 'held' | 'gap'

/** Every state, so that each is there from the start. */
export const CHANGES_STATES: Readonly<Record<ChangesState, true>> = {
  none: true,
  applied: true,
  held: true,
  gap: true,
}

/** The changes on top of a build. */
export interface AppliedChanges {
  readonly state: ChangesState
  /** Of the last one that is applied; 0: none is. */
  readonly n: number
  /** When it was made: milliseconds since 1970; undefined: there is none. */
  readonly createdAtMs: number | undefined
}

/** Describes the changes on top of a build. */
export function describeChanges({ changes }: Pick<LoadedBuild, 'changes'>): AppliedChanges {
  if (changes === undefined) return { state: 'none', n: 0, createdAtMs: undefined }
  const { applied, createdAtMs, gap, isHeld } = changes
  const state = gap !== undefined ? 'gap' : isHeld ? 'held' : 'applied'
  return { state, n: applied.n, createdAtMs }
}
