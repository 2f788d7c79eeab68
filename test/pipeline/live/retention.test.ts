import { describe, expect, it } from 'vitest'
import { chooseKept } from '../../../pipeline/live/retention.ts'

/** Builds that are so many minutes old. */
function builds(...minutes: number[]) {
  return minutes.map((age) => ({
    build_id: String(age),
    created_at: new Date(Date.UTC(2026, 10, 25, 12, 30) - age * 60_000).toISOString(),
  }))
}

const NOW = new Date(Date.UTC(2026, 10, 25, 12, 30))

describe('chooseKept', () => {
  it('keeps the newest five', () => {
    const kept = chooseKept(builds(1, 2, 3, 4, 5, 6, 7), NOW)

    expect([...kept]).toEqual(['1', '2', '3', '4', '5'])
  })

  it('keeps the newest of each hour for a day, and of each day for a month', () => {
    const day = 24 * 60
    const ages = [1, 2, 3, 4, 5, 40, 50, 100, day, day + 31, day + 90, 5 * day, 31 * day, 32 * day]
    const kept = chooseKept(builds(...ages), NOW)

    expect([...kept]).toEqual([1, 2, 3, 4, 5, 40, 100, day, 5 * day, 31 * day].map(String))
  })
})
