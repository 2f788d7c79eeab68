/** Counters that are there from the start, at 0: a rate needs a value before the first. */
import { Counter, type Registry } from 'prom-client'

/** Adds a counter without labels: `banner_pools_<name>_total`. */
export function addPlainCounter(registry: Registry, name: string, help: string): Counter {
  return new Counter({ name: `banner_pools_${name}_total`, help, registers: [registry] })
}

/** Adds a counter by what came of it. */
export function addCounter(
  registry: Registry,
  name: string,
  help: string,
  results: readonly string[],
): Counter<'result'> {
  const counter = new Counter({
    name: `banner_pools_${name}_total`,
    help: `${help}, by result`,
    labelNames: ['result'],
    registers: [registry],
  })
  for (const result of results) counter.inc({ result }, 0)
  return counter
}

/** Adds a counter by why. */
export function addReasons(
  registry: Registry,
  { name, help }: { name: string; help: string },
  reasons: readonly string[],
): Counter<'reason'> {
  const counter = new Counter({
    name: `banner_pools_${name}_total`,
    help: `${help}, by reason`,
    labelNames: ['reason'],
    registers: [registry],
  })
  for (const reason of reasons) counter.inc({ reason }, 0)
  return counter
}
