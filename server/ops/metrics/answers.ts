/** What is counted of answers about a banner. No labels by campaign: there may be hundreds of thousands. */
import { Counter, type Registry } from 'prom-client'
import { OUTCOME_NAMES, type Outcome } from '../../banner/outcomes.ts'
import type { BannerAnswer } from '../../banner/service.ts'
import { createHistogram } from '../histogram.ts'

/** Seconds, from 0.01 ms: an answer takes some microseconds to make. The objective is 0.1 ms. */
const DURATION_BOUNDS = [0.00001, 0.00003, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1]

interface AnswerTotals {
  repeats: number
  withoutCookie: number
}

/**
 * Adds the counters of answers. They are plain numbers, which are copied when somebody asks: the hot path only adds.
 *
 * @returns Counts an answer, and the milliseconds that it took to make.
 */
export function addAnswers(registry: Registry): (answer: BannerAnswer, elapsedMs: number) => void {
  const outcomes = Object.fromEntries(OUTCOME_NAMES.map((outcome) => [outcome, 0])) as Record<
    Outcome,
    number
  >
  const totals: AnswerTotals = { repeats: 0, withoutCookie: 0 }
  addTotals(registry, outcomes, totals)
  const duration = createHistogram(registry, {
    name: 'banner_pools_request_duration_seconds',
    help: 'Time to make an answer about a banner, network excluded',
    bounds: DURATION_BOUNDS,
  })
  return (answer, elapsedMs) => {
    outcomes[answer.outcome]++
    if (answer.knewLast === false) totals.withoutCookie++
    if (answer.repeat) totals.repeats++
    duration.observe(elapsedMs / 1_000)
  }
}

function addTotals(
  registry: Registry,
  outcomes: Record<Outcome, number>,
  totals: AnswerTotals,
): void {
  const requests = new Counter({
    name: 'banner_pools_requests_total',
    help: 'Requests for a banner by outcome',
    labelNames: ['outcome'],
    registers: [registry],
    collect: () => {
      requests.reset()
      for (const outcome of OUTCOME_NAMES) requests.inc({ outcome }, outcomes[outcome])
    },
  })
  const withoutCookie = new Counter({
    name: 'banner_pools_requests_without_cookie_total',
    help: 'Requests whose last banner is not known: first visits, and visitors whose browser keeps no cookie',
    registers: [registry],
    collect: () => {
      withoutCookie.reset()
      withoutCookie.inc(totals.withoutCookie)
    },
  })
  const repeats = new Counter({
    name: 'banner_pools_repeats_total',
    help: 'Banners that were shown twice in a row because no other was left',
    registers: [registry],
    collect: () => {
      repeats.reset()
      repeats.inc(totals.repeats)
    },
  })
}
