import { describe, expect, it } from 'vitest'
import { findRestartDelay } from '../../../server/process/restart.ts'

describe('findRestartDelay', () => {
  it.each([
    // wait, next: of one of several; after a minute; doubled to a limit
    [{ delayMs: 100, servedMs: 5_000, isLast: false }, 100, 200],
    [{ delayMs: 6_400, servedMs: 61_000, isLast: false }, 100, 200],
    [{ delayMs: 6_400, servedMs: 5_000, isLast: false }, 6_400, 10_000],
    // of the last one: at once if it served, else at most a second
    [{ delayMs: 6_400, servedMs: 5_000, isLast: true }, 0, 10_000],
    [{ delayMs: 400, servedMs: 0, isLast: true }, 400, 800],
    [{ delayMs: 6_400, servedMs: 0, isLast: true }, 1_000, 10_000],
  ])('for %j waits %i ms, then %i', (ended, waitMs, nextDelayMs) => {
    expect(findRestartDelay(ended)).toEqual({ waitMs, nextDelayMs })
  })
})
