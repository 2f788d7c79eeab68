import type { EventLog } from '../../base/log-events.ts'
import type { Collector } from '../collector.ts'
import type { CollectSettings } from '../start.ts'
import { readKafkaLogin } from './kafka-login.ts'
import { openKafkaProducer } from './kafka-producer.ts'
import { EventSender } from './sender.ts'

/** Starts to send what is collected, if brokers are named; null = they are not. */
export function startSender(
  settings: CollectSettings,
  collector: Collector,
  log: EventLog,
): EventSender | null {
  const { collect, collectTo } = settings
  if (collectTo === undefined || collectTo === null) return null
  const sender = new EventSender({
    folder: collect,
    run: () => collector.run,
    acknowledgements: collector.acknowledgements,
    openProducer: async () =>
      openKafkaProducer(collectTo, await readKafkaLogin(settings, process.env)),
    warn: (message) => log.error({ event: 'sending', result: 'error', reason: message }, message),
    info: (message) => log.info({ event: 'sending', result: 'ok' }, message),
  })
  collector.onCommit(() => sender.wake())
  sender.start()
  return sender
}
