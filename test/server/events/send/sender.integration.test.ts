import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { packSegment } from '../../../../contract/segments/pack.ts'
import { parseKafkaAddress } from '../../../../server/base/kafka-address.ts'
import type { Collector } from '../../../../server/events/collector.ts'
import type { TokenEvent } from '../../../../server/events/event.ts'
import type { OutgoingLine } from '../../../../server/events/send/outbox.ts'
import { EventSender } from '../../../../server/events/send/sender.ts'
import { withFolder } from '../../../helpers/folders.ts'
import { NOON, withCollecting } from '../event-app.ts'

const WAIT = { timeout: 60_000, interval: 10 }
const RUN = `${Math.floor(NOON / 1_000).toString(16)}0000000001`

/** What Kafka would have; a fault is thrown behind the acknowledgement, as by a connection that breaks. */
class TestKafka {
  readonly messages: OutgoingLine[] = []
  fault: string | null = null
  faults = 0

  readonly open = async () => ({
    send: async (lines: readonly OutgoingLine[]) => {
      this.messages.push(...lines)
      if (this.fault === null) return
      this.faults += 1
      throw new Error(this.fault)
    },
    close: async () => undefined,
  })

  get events(): string[] {
    return this.messages.map(({ event }) => event)
  }
}

function impression(counter: number): TokenEvent {
  const shown = { dataset: 2, campaignId: 7, bannerId: 30 } as const
  return { kind: 'impression', ...shown, run: RUN, counter, probability: 0.1, at: NOON / 1_000 }
}

async function withSender<T>(
  folder: string,
  collector: Collector,
  kafka: TestKafka,
  fn: (sender: EventSender, notes: string[]) => Promise<T>,
): Promise<T> {
  const notes: string[] = []
  const note = (line: string) => void notes.push(line)
  const run = () => collector.run
  const sender = new EventSender({
    ...{ folder, run, openProducer: kafka.open, warn: note, info: note },
  })
  sender.start()
  try {
    return await fn(sender, notes)
  } finally {
    await sender.stop()
  }
}

describe('EventSender', () => {
  it('sends each line with its event, and goes on behind it after a start', async () => {
    await withFolder(async (folder) => {
      const kafka = new TestKafka()
      await withCollecting(folder, async ({ collector }) => {
        await withSender(folder, collector, kafka, async () => {
          await collector.record([impression(1), impression(2)])
          await vi.waitFor(() => expect(kafka.messages).toHaveLength(2), WAIT)
        })
        await collector.record([impression(3)])
      })
      await withCollecting(folder, async ({ collector }) => {
        await withSender(folder, collector, kafka, async () => {
          await collector.record([impression(4)])
          await vi.waitFor(() => expect(kafka.messages).toHaveLength(4), WAIT)
        })
      })

      const line = { table: 'impressions', dataset: 2, value: '30,7' }
      expect(kafka.messages).toMatchObject(
        [1, 2, 3, 4].map((counter) => ({ ...line, event: `${RUN}:${counter}` })),
      )
    })
  })

  it('sends what was packed before it was sent', async () => {
    await withFolder(async (folder) => {
      const kafka = new TestKafka()
      await withCollecting(folder, async ({ collector }) => {
        await collector.record([impression(1), impression(2)])
      })
      for (const file of await readdir(join(folder, '2'))) await packSegment(folder, `2/${file}`)
      await withCollecting(folder, async ({ collector }) => {
        await withSender(folder, collector, kafka, () =>
          vi.waitFor(() => expect(kafka.events).toEqual([`${RUN}:1`, `${RUN}:2`]), WAIT),
        )
      })
    })
  })

  it('sends again what may have been lost, and says once that events wait', async () => {
    await withFolder(async (folder) => {
      const kafka = new TestKafka()
      kafka.fault = 'no broker answers'
      await withCollecting(folder, async ({ collector }) => {
        await withSender(folder, collector, kafka, async (sender, notes) => {
          const outcomes = await collector.record([impression(1)])
          await vi.waitFor(() => expect(kafka.faults).toBe(2), WAIT)
          expect(outcomes).toEqual([{ status: 'counted' }])
          expect(sender.fault).toBe('no broker answers')
          kafka.fault = null
          await vi.waitFor(() => expect(sender.sent).toBe(1), WAIT)

          expect(notes).toEqual([
            'events wait to be sent to Kafka: no broker answers',
            'events are sent to Kafka again',
          ])
          expect(kafka.events).toEqual([`${RUN}:1`, `${RUN}:1`, `${RUN}:1`])
        })
      })
    })
  })

  it('sends at the stop what was counted before', async () => {
    await withFolder(async (folder) => {
      const kafka = new TestKafka()
      let sender: EventSender | undefined
      await withCollecting(folder, async ({ collector }) => {
        const note = () => undefined
        const run = () => collector.run
        sender = new EventSender({
          ...{ folder, run, openProducer: kafka.open, warn: note, info: note },
        })
        sender.start()
        await collector.record([impression(1)])
      })
      await sender?.stop()

      expect(kafka.events).toEqual([`${RUN}:1`])
    })
  })
})

describe('parseKafkaAddress', () => {
  it.each<[string, ReturnType<typeof parseKafkaAddress>]>([
    ['kafka://a:9092', { brokers: ['a:9092'], prefix: '' }],
    ['kafka://a:9092,b:9093/shop.', { brokers: ['a:9092', 'b:9093'], prefix: 'shop.' }],
    ['kafka://a', null],
    ['http://a:9092', null],
    ['kafka://a:9092/a/b', null],
  ])('reads %s', (text, address) => {
    expect(parseKafkaAddress(text)).toEqual(address)
  })
})
