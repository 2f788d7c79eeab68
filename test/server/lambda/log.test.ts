import { describe, expect, it } from 'vitest'
import { openLambdaLog } from '../../../server/lambda/log.ts'

function open() {
  const lines: unknown[] = []
  const write = (line: string) => lines.push(JSON.parse(line))
  return { lines, ...openLambdaLog(write, 'banners', () => new Date('2026-11-01T09:20:00Z')) }
}

describe('the log of the function', () => {
  it('writes the metrics since the last time, as CloudWatch reads them out of a line', () => {
    const log = open()
    log.countOutcome('banner')
    log.countOutcome('banner')
    log.countOutcome('no_pool')
    log.fail('the store is away')
    log.writeMetrics(1.5)
    log.writeMetrics(undefined)

    const directive = (...names: string[]) => ({
      Timestamp: 1_793_524_800_000,
      CloudWatchMetrics: [
        {
          Namespace: 'BannerPools',
          Dimensions: [['FunctionName']],
          Metrics: names.map((Name) => ({ Name, Unit: Name === 'Failures' ? 'Count' : 'None' })),
        },
      ],
    })
    expect(log.lines).toEqual([
      { level: 'error', time: '2026-11-01T09:20:00.000Z', msg: 'the store is away' },
      {
        _aws: directive('PoolsAgeHours', 'Failures'),
        FunctionName: 'banners',
        PoolsAgeHours: 1.5,
        Failures: 1,
        outcomes: { banner: 2, no_pool: 1 },
      },
      { _aws: directive('Failures'), FunctionName: 'banners', Failures: 0, outcomes: {} },
    ])
  })
})
