import { setTimeout as sleep } from 'node:timers/promises'
import type { GrowSummary } from '../sample/grow.ts'
import {
  assertFlag,
  type Command,
  type CommandContext,
  type CommandResult,
  misuse,
} from './command.ts'
import {
  BROKER_OPTIONS,
  type BrokerFlags,
  checkBrokerFlags,
  readBrokerFlags,
  readBrokers,
} from './kafka-flags.ts'

interface SampleFlags extends BrokerFlags {
  to: string | undefined
  out: string | undefined
  grow: string | undefined
  rate: number
  scale: number
  seed: number
  effect: number
}

/** Beyond it the disk is measured, not what reads the logs. */
const MAX_RATE = 1_000_000

/** `pools sample` */
export const SAMPLE: Command<SampleFlags> = {
  usage: 'sample',
  describe: 'make sample logs that reach every rule',
  options: {
    out: { type: 'string', describe: 'folder for the CSV files' },
    grow: {
      type: 'string',
      describe: 'folder that growing logs are written to until it is stopped; instead of --out',
    },
    to: {
      type: 'string',
      describe:
        'kafka://HOST:PORT,…[/PREFIX] that gets events, until it is stopped; instead of --out',
    },
    rate: { type: 'number', default: 100, describe: 'with --grow and --to: lines a second' },
    scale: {
      type: 'number',
      default: 1,
      describe: 'size: 1 has 600,000 impressions, 10 ten times as many',
    },
    seed: { type: 'number', default: 0, describe: 'of the rows, a whole number' },
    effect: {
      type: 'number',
      default: 0,
      describe: 'how much banners differ in conversions per click, 0 to 3: what evaluate can find',
    },
    ...BROKER_OPTIONS,
  },
  examples: [
    ['sample --out sample --scale 100', 'about 0.7 GB'],
    ['sample --out sample --effect 1', 'a few banners convert many times as often as others'],
    ['sample --out sample', 'as many rows as the real data'],
    ['sample --grow sample --rate 1000', 'events as they come; Ctrl-C stops it'],
    ['sample --to kafka://localhost:9092 --rate 1000', 'the same as messages of Kafka'],
  ],
  check(flags) {
    const { out, grow, to, rate, scale, seed, effect } = flags
    if ([out, grow, to].filter((place) => place !== undefined).length !== 1) {
      throw misuse('give --out for files that are complete, --grow for logs that grow, or --to')
    }
    assertFlag(to === undefined || readKafkaUrl(to) !== null, 'to', 'kafka://HOST:PORT,…[/PREFIX]')
    checkBrokerFlags(flags)
    assertFlag(rate > 0 && rate <= MAX_RATE, 'rate', `above 0, at most ${MAX_RATE}`)
    assertFlag(Number.isSafeInteger(seed), 'seed', 'a whole number')
    assertFlag(effect >= 0 && effect <= 3, 'effect', 'from 0 to 3')
    assertFlag(scale > 0 && scale <= 100_000, 'scale', 'above 0, at most 100000')
  },
  async run(flags, context) {
    const { out, grow, to } = flags
    if (to !== undefined) return sendEvents({ ...flags, to }, context)
    if (grow !== undefined) return growLogs({ ...flags, folder: grow }, context)
    if (out === undefined) throw misuse('give --out')
    const { makeSample } = await import('../sample/sample.ts')
    const summary = await makeSample({ ...flags, out, progress: context.progress })
    return { document: summary, lines: [`sample of ${summary.files.length} files: ${out}`] }
  },
}

async function growLogs(
  { folder, rate, seed }: { folder: string; rate: number; seed: number },
  { progress, now, untilStopped }: CommandContext,
): Promise<CommandResult> {
  const { growSample } = await import('../sample/grow.ts')
  const stop = untilStopped()
  progress.note(`growing ${folder}, ${rate} lines a second`)
  const summary = await growSample({
    ...{ folder, rate, seed, stop, now },
    elapsedMs: () => performance.now(),
    sleep: (ms) => sleep(ms, undefined, { signal: stop }).catch(() => undefined),
  })
  return { document: summary, lines: [describeGrowth(summary, folder)] }
}

async function sendEvents(
  flags: SampleFlags & { to: string },
  { progress, now, environment, untilStopped }: CommandContext,
): Promise<CommandResult> {
  const { to, rate, seed } = flags
  const { growKafka } = await import('../sample/grow-kafka.ts')
  const stop = untilStopped()
  const { brokers: kafka, prefix } = readKafkaUrl(to) ?? { brokers: '', prefix: '' }
  const brokers = await readBrokerFlags({ ...flags, kafka }, environment)
  progress.note(`sending to ${to}, ${rate} lines a second`)
  const summary = await growKafka({
    ...{ brokers, prefix, rate, seed, stop, now },
    elapsedMs: () => performance.now(),
    sleep: (ms) => sleep(ms, undefined, { signal: stop }).catch(() => undefined),
  })
  return { document: summary, lines: [describeGrowth(summary, to)] }
}

/** Null = no address of Kafka. */
function readKafkaUrl(url: string): { brokers: string; prefix: string } | null {
  const [, brokers, prefix = ''] = /^kafka:\/\/([^/]+)(?:\/([\w.-]*))?$/.exec(url) ?? []
  return brokers === undefined || readBrokers(brokers) === null ? null : { brokers, prefix }
}

function describeGrowth(
  { writer, seconds, lines }: Omit<GrowSummary, 'writer'> & { readonly writer?: string },
  folder: string,
): string {
  const { impressions, clicks, conversions } = lines
  const counts = `${impressions} impressions, ${clicks} clicks, ${conversions} conversions`
  return `${counts} in ${seconds.toFixed(1)} s${writer === undefined ? '' : ` as ${writer}`}: ${folder}`
}
