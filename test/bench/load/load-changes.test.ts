import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { followState } from '../../../bench/load/load-changes.ts'

const GRACE_MS = 100

/** Whether an answer with this build would be right. */
function answersOf(state: ReturnType<typeof followState<string>>) {
  return (build: string) => state.accepts((present) => present === build)
}

describe('followState', () => {
  it('accepts the present state only, before any change', () => {
    const isRight = answersOf(followState('old', GRACE_MS))

    expect(isRight('old')).toBe(true)
    expect(isRight('new')).toBe(false)
  })

  it('accepts the state before for a while after a change', async () => {
    const state = followState('old', GRACE_MS)
    const isRight = answersOf(state)
    state.change('new')

    expect([isRight('old'), isRight('new'), isRight('other')]).toEqual([true, true, false])
    await setTimeout(GRACE_MS + 20)
    expect([isRight('old'), isRight('new')]).toEqual([false, true])
    expect(state.summary().slowestMs).toBeGreaterThan(GRACE_MS)
  })

  it('counts a change as seen by an answer that only the new state explains', () => {
    const state = followState('old', GRACE_MS)
    state.change('new')
    state.accepts(() => true)
    expect(state.summary()).toMatchObject({ changes: 1, seen: 0 })

    answersOf(state)('new')
    answersOf(state)('new')
    expect(state.summary()).toMatchObject({ changes: 1, seen: 1 })
  })
})
