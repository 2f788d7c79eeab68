import { describe, expect, it } from 'vitest'
import { shareWait } from '../../../../server/explorer/data/share-wait.ts'

describe('shareWait', () => {
  it('gives later questions what earlier ones left, and nothing at the end', () => {
    let nowMs = 1_000
    const leftMs = shareWait(4_000, () => nowMs)

    const left = [0, 1_500, 2_500, 9_000].map((waitedMs) => {
      nowMs += waitedMs
      return leftMs()
    })

    expect(left).toEqual([4_000, 2_500, 0, 0])
  })
})
