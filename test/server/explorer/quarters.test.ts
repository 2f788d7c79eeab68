import { describe, expect, it } from 'vitest'
import { liveQuarter } from '../../../server/explorer/quarters.ts'

describe('liveQuarter', () => {
  it.each([
    ['2026-11-01T09:00:00.000Z', 1, '2026-11-01T09:15:00.000Z'],
    ['2026-11-01T09:14:59.999Z', 1, '2026-11-01T09:15:00.000Z'],
    ['2026-11-01T09:15:00.000Z', 2, '2026-11-01T09:30:00.000Z'],
    ['2026-11-01T09:44:59.999Z', 3, '2026-11-01T09:45:00.000Z'],
    ['2026-12-31T23:59:59.999Z', 4, '2027-01-01T00:00:00.000Z'],
  ])('at %s is %i, until %s', (now, dataset, until) => {
    expect(liveQuarter(new Date(now))).toEqual({ dataset, until: new Date(until) })
  })
})
