/** Answers that wait until Kafka has acknowledged the lines of their events. */
import { describe, expect, it, vi } from 'vitest'
import { Acknowledgements } from '../../../../server/events/acknowledgements.ts'
import { createEventMetrics } from '../../../../server/events/metrics.ts'
import type { OutgoingLine } from '../../../../server/events/send/outbox.ts'
import { EventSender } from '../../../../server/events/send/sender.ts'
import { withFolder } from '../../../helpers/folders.ts'
import { type CollectingApp, SHOP, withCollecting } from '../event-app.ts'

const WAIT = { timeout: 60_000, interval: 10 }
const NEVER_MS = 600_000

/** Brokers that acknowledge when the test says so. */
class HeldKafka {
  readonly messages: OutgoingLine[] = []
  isAway = false
  #held: Promise<void> = Promise.resolve()
  #release: () => void = () => undefined

  readonly open = async () => ({
    send: async (lines: readonly OutgoingLine[]) => {
      if (this.isAway) throw new Error('no broker answers')
      this.messages.push(...lines)
      await this.#held
    },
    close: async () => undefined,
  })

  hold(): void {
    this.#held = new Promise((resolve) => {
      this.#release = resolve
    })
  }

  release(): void {
    this.#release()
  }

  get events(): string[] {
    return this.messages.map(({ table, event }) => `${table} ${event}`)
  }
}

interface Machine extends CollectingApp {
  readonly sender: EventSender
  readonly acknowledgements: Acknowledgements
}

/** A machine whose answers wait `waitMs` at most. */
async function withMachine<T>(
  { folder, kafka, waitMs }: { folder: string; kafka: HeldKafka; waitMs: number },
  fn: (machine: Machine) => Promise<T>,
): Promise<T> {
  const acknowledgements = new Acknowledgements({ waitMs })
  return withCollecting(
    folder,
    async (app) => {
      const { collector, warnings } = app
      const note = (line: string) => void warnings.push(line)
      const sender = new EventSender({
        ...{ folder, run: () => collector.run, acknowledgements },
        ...{ openProducer: kafka.open, warn: note, info: note },
      })
      collector.onCommit(() => sender.wake())
      sender.start()
      try {
        return await fn({ ...app, sender, acknowledgements })
      } finally {
        await sender.stop()
      }
    },
    { acknowledgements },
  )
}

function see({ request }: CollectingApp, path: string): Promise<Response> {
  return request(path, { method: 'POST' })
}

function convert({ request }: CollectingApp, body: object): Promise<Response> {
  return request('/conversions', { method: 'POST', headers: SHOP, body: JSON.stringify(body) })
}

async function clickIdOf(app: CollectingApp): Promise<string> {
  const { click } = await app.decide()
  const target = (await app.request(click)).headers.get('location') ?? ''
  return new URL(target).searchParams.get('click_id') ?? ''
}

describe('serve --collect-ack kafka', () => {
  it('answers an impression and a conversion once all replicas have the line', async () => {
    await withFolder(async (folder) => {
      const kafka = new HeldKafka()
      await withMachine({ folder, kafka, waitMs: NEVER_MS }, async (app) => {
        const clickId = await clickIdOf(app)
        await vi.waitFor(() => expect(app.sender.sent).toBe(1), WAIT)
        kafka.hold()
        const { seen } = await app.decide()
        const answered: number[] = []
        const note = ({ status }: Response) => answered.push(status)
        const body = { conversion_id: 1, click_id: clickId, revenue: 2 }
        const all = [see(app, seen).then(note), convert(app, body).then(note)]
        await vi.waitFor(() => expect(app.acknowledgements.waiting).toBe(2), WAIT)
        await vi.waitFor(() => expect(kafka.messages.length).toBeGreaterThan(1), WAIT)
        expect(answered).toEqual([])
        kafka.release()
        await Promise.all(all)

        expect(answered.sort()).toEqual([200, 204])
        expect(kafka.messages).toHaveLength(3)
        expect(app.acknowledgements).toMatchObject({ waiting: 0, late: 0 })
      })
    })
  })

  it('answers clicks, pictures, views and what does not count at once', async () => {
    await withFolder(async (folder) => {
      const kafka = new HeldKafka()
      kafka.isAway = true
      await withMachine({ folder, kafka, waitMs: NEVER_MS }, async (app) => {
        const [first, second] = [await app.decide(), await app.decide()]
        const robot = { 'user-agent': 'curl/8' }
        const answers = [
          await app.request(first.click),
          await app.request(first.click),
          await app.request(`${second.seen}.png`),
          await see(app, `${first.seen}?viewable`),
          await app.request(first.seen, { method: 'POST', headers: robot }),
          await convert(app, { conversion_id: 1, click_id: '1.AAAA', revenue: 2 }),
        ]
        const [click, again] = answers.map(({ headers }) => headers.get('location'))

        expect(answers.map(({ status }) => status)).toEqual([302, 302, 302, 204, 204, 422])
        expect(click).toContain('click_id=')
        expect(again).toBe(click)
      })
    })
  })

  it('answers 503 while brokers are away, and counts what comes again once', async () => {
    await withFolder(async (folder) => {
      const kafka = new HeldKafka()
      await withMachine({ folder, kafka, waitMs: 20 }, async (app) => {
        kafka.isAway = true
        const { seen } = await app.decide()
        for (const answer of [await see(app, seen), await see(app, seen)]) {
          expect(answer.status).toBe(503)
          expect(answer.headers.get('retry-after')).toBe('1')
          expect(await answer.json()).toMatchObject({
            title: 'the impression is kept, and Kafka has not acknowledged it yet: send it again',
          })
        }
        expect(app.acknowledgements.late).toBe(2)
        const metrics = await createEventMetrics(app.collector, app.sender).metrics()
        expect(metrics).toContain('\nbanner_pools_events_unacknowledged_total 2\n')
        expect(metrics).toContain('\nbanner_pools_events_acknowledgements_waiting 0\n')
        kafka.isAway = false
        await vi.waitFor(async () => expect((await see(app, seen)).status).toBe(204), WAIT)

        expect(app.collector.totals.counted.impression).toBe(1)
        expect(new Set(kafka.events).size).toBe(1)
      })
    })
  })

  it('tells of each conversion of a body whether it waits', async () => {
    await withFolder(async (folder) => {
      const kafka = new HeldKafka()
      await withMachine({ folder, kafka, waitMs: 20 }, async (app) => {
        const clickId = await clickIdOf(app)
        kafka.isAway = true
        const body = Array.from({ length: 1_000 }, (_, nth) => ({
          ...{ conversion_id: nth + 1, click_id: nth === 7 ? '1.AAAA' : clickId, revenue: 2 },
        }))
        const refused = await convert(app, body)
        const { results } = (await refused.json()) as { results: { code: number }[] }
        expect(refused.status).toBe(503)
        expect(refused.headers.get('retry-after')).toBe('1')
        expect(results[0]).toEqual({
          ...{ conversion_id: '1', code: 503, status: 'waiting' },
          title: 'the conversion is kept, and Kafka has not acknowledged it yet: send it again',
        })
        expect(results.map(({ code }) => code).filter((code) => code === 503)).toHaveLength(999)
        expect(results[7]?.code).toBe(422)
        kafka.isAway = false
        await vi.waitFor(async () => expect((await convert(app, body)).status).toBe(207), WAIT)

        expect(app.collector.totals.counted.conversion).toBe(999)
      })
    })
  })

  it('answers a repeat of what is acknowledged, also while brokers are away', async () => {
    await withFolder(async (folder) => {
      const kafka = new HeldKafka()
      await withMachine({ folder, kafka, waitMs: NEVER_MS }, async (app) => {
        const { seen } = await app.decide()
        expect((await see(app, seen)).status).toBe(204)
        kafka.isAway = true
        const other = await app.decide()
        const waiting = see(app, other.seen)
        await vi.waitFor(() => expect(app.acknowledgements.waiting).toBe(1), WAIT)

        expect((await see(app, seen)).status).toBe(204)
        kafka.isAway = false
        expect((await waiting).status).toBe(204)
      })
    })
  })

  it('lets a repeat wait for a line that was written before a kill', async () => {
    await withFolder(async (folder) => {
      const kafka = new HeldKafka()
      const seen = await withCollecting(folder, async (app) => {
        const decided = await app.decide()
        expect((await see(app, decided.seen)).status).toBe(204)
        return decided.seen
      })
      kafka.isAway = true
      await withMachine({ folder, kafka, waitMs: 20 }, async (app) => {
        expect((await see(app, seen)).status).toBe(503)
        kafka.isAway = false
        await vi.waitFor(async () => expect((await see(app, seen)).status).toBe(204), WAIT)
      })

      expect(kafka.messages).toHaveLength(1)
    })
  })
})

const SHOWN = { dataset: 2, campaignId: 7, bannerId: 30, at: 0, probability: 1 } as const
const RUN = '000000000000000001'

function impression(counter: number) {
  return { kind: 'impression', run: RUN, counter, ...SHOWN } as const
}

describe('Acknowledgements', () => {
  const path = '2/impressions_2026-11-30_collect.a-3.csv'
  const now = { run: 'a', isPatient: false }
  const [counted, repeat] = [[{ status: 'counted' }], [{ status: 'repeat' }]] as const
  const unacknowledged = (status: string) => [{ status, isUnacknowledged: true }]

  it('knows events by the place of their line', async () => {
    const acknowledgements = new Acknowledgements()
    acknowledgements.begin('a', 1)
    acknowledgements.acknowledge('a', { places: {}, first: 1 })
    acknowledgements.add([impression(1)], { path, end: 50 })
    acknowledgements.add([impression(2)], { path, end: 70 })
    acknowledgements.acknowledge('a', { places: { [path]: 50 }, first: 3 })

    expect(await acknowledgements.settle([impression(1)], repeat, now)).toEqual(repeat)
    expect(await acknowledgements.settle([impression(2)], counted, now)).toEqual(
      unacknowledged('counted'),
    )
  })

  it('takes lines of earlier sessions for acknowledged when all of them are', async () => {
    const acknowledgements = new Acknowledgements()
    acknowledgements.begin('a', 3)
    acknowledgements.acknowledge('a', { places: {}, first: 2 })
    expect(await acknowledgements.settle([impression(1)], repeat, now)).toEqual(
      unacknowledged('repeat'),
    )
    acknowledgements.acknowledge('before', { places: {}, first: 3 })
    expect(await acknowledgements.settle([impression(1)], repeat, now)).toEqual(
      unacknowledged('repeat'),
    )
    acknowledgements.acknowledge('a', { places: {}, first: 3 })

    expect(await acknowledgements.settle([impression(1)], repeat, now)).toEqual(repeat)
  })

  it('takes no line for acknowledged whose session has ended meanwhile', async () => {
    const acknowledgements = new Acknowledgements({ waitMs: NEVER_MS })
    acknowledgements.begin('a', 1)
    acknowledgements.acknowledge('a', { places: {}, first: 1 })
    acknowledgements.add([impression(1)], { path, end: 50 })
    const waiting = acknowledgements.settle([impression(1)], counted, { ...now, isPatient: true })
    acknowledgements.end()
    expect(await waiting).toEqual(unacknowledged('counted'))
    acknowledgements.begin('b', 4)

    expect(await acknowledgements.settle([impression(1)], counted, now)).toEqual(
      unacknowledged('counted'),
    )
  })

  it('lets repeats wait for all lines whose names are too many', async () => {
    const acknowledgements = new Acknowledgements({ maxNames: 1 })
    acknowledgements.begin('a', 1)
    acknowledgements.acknowledge('a', { places: {}, first: 1 })
    acknowledgements.add([impression(1)], { path, end: 50 })
    acknowledgements.add([impression(2)], { path, end: 70 })
    acknowledgements.acknowledge('a', { places: { [path]: 50 }, first: 3 })
    expect(await acknowledgements.settle([impression(2)], repeat, now)).toEqual(
      unacknowledged('repeat'),
    )
    acknowledgements.acknowledge('a', { places: { [path]: 70 }, first: 3 })

    expect(await acknowledgements.settle([impression(2)], repeat, now)).toEqual(repeat)
  })
})
