import { describe, expect, it } from 'vitest'
import type { EventLog } from '../../../server/base/log-events.ts'
import { withCollector } from '../../../server/process/collecting.ts'
import { readSettings } from '../../../server/settings.ts'

const LOG: EventLog = { info: () => {}, warn: () => {}, error: () => {} }

function start(flags: Readonly<Record<string, string>>): Promise<unknown> {
  const settings = readSettings({ 'collect-to': 'kafka://localhost:9092', ...flags }, {})
  return withCollector(settings, LOG, () => Promise.reject(new Error('started')))
}

describe('withCollector', () => {
  it('refuses to send what nobody collects', async () => {
    await expect(start({})).rejects.toThrow('--collect-to needs --collect')
  })

  it('refuses answers that wait for brokers that nobody named', async () => {
    const settings = readSettings({ collect: 'events', 'collect-ack': 'kafka' }, {})

    await expect(
      withCollector(settings, LOG, () => Promise.reject(new Error('started'))),
    ).rejects.toThrow('--collect-ack kafka needs --collect-to')
  })

  it('refuses clicks that count for longer than a receiver knows them', async () => {
    await expect(start({ collect: 'events', 'click-hours': '49' })).rejects.toThrow(
      '--click-hours must be 48 at most with --collect-to: 49',
    )
  })
})
