import { describe, expect, it, vi } from 'vitest'
import type { LogFields } from '../../../server/base/log-events.ts'
import { createRefusalLog } from '../../../server/ops/refusal-log.ts'

describe('createRefusalLog', () => {
  it('writes a line for each reason when the minute is over, and none while nothing is refused', () => {
    vi.useFakeTimers()
    try {
      const lines: [LogFields, string][] = []
      const never = () => expect.unreachable()
      const { count } = createRefusalLog({
        warn: (fields, line) => lines.push([fields, line]),
        ...{ info: never, error: never },
      })

      for (let refused = 0; refused < 1_000; refused++) count('connections', 'limit')
      count('requests', 'busy')
      vi.advanceTimersByTime(59_999)
      expect(lines).toEqual([])
      vi.advanceTimersByTime(600_000)

      expect(lines).toEqual([
        [
          { event: 'refused', what: 'connections', reason: 'limit', count: 1_000 },
          'refused 1000 connections in the last minute: limit',
        ],
        [
          { event: 'refused', what: 'requests', reason: 'busy', count: 1 },
          'refused 1 requests in the last minute: busy',
        ],
      ])
    } finally {
      vi.useRealTimers()
    }
  })
})
