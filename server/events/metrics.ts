/** Counters of the writer, beside those of the processes that serve. */
import { Counter, Gauge, Registry } from 'prom-client'
import type { Acknowledgements } from './acknowledgements.ts'
import type { Collector } from './collector.ts'
import { type EventKind, REJECTIONS } from './event.ts'
import type { EventSender } from './send/sender.ts'
import { findClicked, reportToday } from './today-report.ts'

const KINDS: readonly EventKind[] = ['impression', 'view', 'click', 'conversion']

/** Makes the metrics of a writer, in Prometheus' text format when they are asked for. */
export function createEventMetrics(collector: Collector, sender: EventSender | null): Registry {
  const registry = new Registry()
  const { totals, unkept } = collector
  addTotals(registry, {
    name: 'banner_pools_events_total',
    help: 'Events that were counted, since the start',
    label: 'event',
    values: () => KINDS.map((kind) => [kind, totals.counted[kind]] as const),
  })
  addTotals(registry, {
    name: 'banner_pools_events_rejected_total',
    help: 'Events that do not count and are kept beside, by reason, since the start',
    label: 'reason',
    values: () => Object.keys(REJECTIONS).map((reason) => [reason, totals.rejected[reason] ?? 0]),
  })
  addTotals(registry, {
    name: 'banner_pools_events_unkept_total',
    help: 'Events that do not count and are not kept, by reason, since the start; lost ones are those that could not be written',
    label: 'reason',
    values: () => Object.entries(unkept),
  })
  addToday(registry, collector)
  if (sender !== null) addSender(registry, sender)
  if (collector.acknowledgements !== null) addWaiting(registry, collector.acknowledgements)
  return registry
}

function addSender(registry: Registry, sender: EventSender): void {
  const sent: Counter = new Counter({
    name: 'banner_pools_events_sent_total',
    help: 'Lines that Kafka has acknowledged, since the start',
    registers: [registry],
    collect: () => {
      sent.reset()
      sent.inc(sender.sent)
    },
  })
  const waiting: Gauge = new Gauge({
    name: 'banner_pools_events_send_waiting',
    help: '1 while lines cannot be sent to Kafka and wait',
    registers: [registry],
    collect: () => waiting.set(sender.fault === null ? 0 : 1),
  })
}

function addWaiting(registry: Registry, acknowledgements: Acknowledgements): void {
  const waiting: Gauge = new Gauge({
    name: 'banner_pools_events_acknowledgements_waiting',
    help: 'Events whose answers wait until Kafka has acknowledged them',
    registers: [registry],
    collect: () => waiting.set(acknowledgements.waiting),
  })
  const late: Counter = new Counter({
    name: 'banner_pools_events_unacknowledged_total',
    help: 'Events that are kept and were answered 503, since Kafka had not acknowledged them in time, since the start',
    registers: [registry],
    collect: () => {
      late.reset()
      late.inc(acknowledgements.late)
    },
  })
}

function addToday(registry: Registry, collector: Collector): void {
  const open: Gauge = new Gauge({
    name: 'banner_pools_events_collecting',
    help: '1 while events are written; 0: they are lost',
    registers: [registry],
    collect: () => open.set(collector.isOpen ? 1 : 0),
  })
  const today = new Gauge({
    name: 'banner_pools_events_today',
    help: 'Events that were counted since midnight, UTC',
    labelNames: ['event'],
    registers: [registry],
    collect: () => {
      const rows = collector.ledger.today.rows()
      for (const event of KINDS) {
        today.set(
          { event },
          rows.reduce((sum, { counted }) => sum + counted[event], 0),
        )
      }
    },
  })
  const clicked: Gauge = new Gauge({
    name: 'banner_pools_events_clicked_campaigns',
    help: 'Campaigns with more clicks than impressions since midnight, UTC',
    registers: [registry],
    collect: () => clicked.set(findClicked(reportToday(collector).banners).length),
  })
  const share: Gauge = new Gauge({
    name: 'banner_pools_events_unseen_clicks_ratio',
    help: 'Share of the clicks since midnight, UTC, whose decision has no impression',
    registers: [registry],
    collect: () => {
      const { judged, withoutImpression } = collector.ledger.today.clicks
      share.set(judged === 0 ? 0 : withoutImpression / judged)
    },
  })
}

interface Totals {
  readonly name: string
  readonly help: string
  readonly label: string
  readonly values: () => readonly (readonly [string, number])[]
}

function addTotals(registry: Registry, { name, help, label, values }: Totals): void {
  const counter = new Counter({
    name,
    help,
    labelNames: [label],
    registers: [registry],
    collect: () => {
      counter.reset()
      for (const [value, count] of values()) counter.inc({ [label]: value }, count)
    },
  })
}
