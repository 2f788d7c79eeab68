/** The writer of events in the first process: with the one that serves, or with the workers that do. */
import type { Worker } from 'node:cluster'
import type { EventLog } from '../base/log-events.ts'
import { createLocalSink, takeEvents } from '../events/channel.ts'
import type { Collector } from '../events/collector.ts'
import { createEventMetrics } from '../events/metrics.ts'
import { readKafkaLogin } from '../events/send/kafka-login.ts'
import type { EventSender } from '../events/send/sender.ts'
import { startSender } from '../events/send/start.ts'
import type { EventSink } from '../events/service.ts'
import { collects, startCollector } from '../events/start.ts'
import { type Settings, SettingsError } from '../settings.ts'
import type { Service } from './workers.ts'

/** What the processes that serve are given. */
interface Collecting {
  /** For the first process, if it serves itself. Undefined: nothing is collected. */
  readonly sink?: EventSink
  /** To be called for each worker. */
  readonly onWorker: (worker: Worker) => void
}

/**
 * Starts the writer, if a folder is named, then what serves. The writer's counters are told beside the others', and it stops
 * when nobody sends events any more.
 *
 * @throws {SettingsError} If lines are to be sent that nobody collects, or longer than a receiver knows them, or without what
 *   it takes to log in.
 * @throws {CollectError} If the folder cannot be written.
 * @throws {EventKeyError} If the keys cannot be used.
 */
export async function withCollector(
  settings: Settings,
  log: EventLog,
  start: (collecting: Collecting) => Promise<Service>,
): Promise<Service> {
  await assertSendable(settings)
  if (!collects(settings)) return start({ onWorker: () => {} })
  const collector = await startCollector(settings, log)
  const collecting = {
    sink: createLocalSink(collector),
    onWorker: (worker: Worker) => takeEvents(worker, collector),
  }
  const sender = startSender(settings, collector, log)
  const service = await start(collecting).catch(async (error) => {
    await collector.stop()
    await sender?.stop()
    throw error
  })
  return addCollector(service, collector, sender)
}

/** Hours for which a receiver knows an event again. */
const MOST_CLICK_HOURS = 48

async function assertSendable(settings: Settings): Promise<void> {
  const { collect, collectTo, collectAck, clickHours } = settings
  await readKafkaLogin(settings, process.env)
  if (collectTo === undefined) {
    if (collectAck === 'kafka') throw new SettingsError('--collect-ack kafka needs --collect-to')
    return
  }
  if (collect === undefined) throw new SettingsError('--collect-to needs --collect')
  if (clickHours <= MOST_CLICK_HOURS) return
  throw new SettingsError(
    `--click-hours must be ${MOST_CLICK_HOURS} at most with --collect-to: ${clickHours}`,
  )
}

function addCollector(service: Service, collector: Collector, sender: EventSender | null): Service {
  const registry = createEventMetrics(collector, sender)
  return {
    ...service,
    metrics: async () => {
      const metrics = await service.metrics()
      return metrics === undefined ? undefined : `${metrics}${await registry.metrics()}`
    },
    stop: async () => {
      await service.stop()
      await collector.stop()
      await sender?.stop()
    },
  }
}
