import { isS3Url } from '../../contract/s3-address.ts'
import type { ReceiveStatus } from '../live/receive/status.ts'
import { assertFlag, type Command, type CommandContext } from './command.ts'
import { checkKafkaFlags, KAFKA_OPTIONS, type KafkaFlags, readKafkaFlags } from './kafka-flags.ts'
import { checkOpsFlags, createOpsOptions, type OpsFlags, readOpsFlags } from './ops-flags.ts'

interface ReceiveFlags extends KafkaFlags, OpsFlags {
  input: string
  kafka: string
}

const OPS_PORT = 9466

/** `pools receive` */
export const RECEIVE: Command<ReceiveFlags> = {
  usage: 'receive',
  describe: 'write what comes from Kafka into the input folder, each line once',
  options: {
    input: { type: 'string', demandOption: true, describe: 'folder for the CSV files' },
    ...KAFKA_OPTIONS,
    kafka: { ...KAFKA_OPTIONS.kafka, demandOption: true },
    ...createOpsOptions(OPS_PORT),
  },
  examples: [
    ['receive --input logs --kafka localhost:9092', 'SIGTERM ends it; any build reads the folder'],
    ['receive --input logs --kafka a:9093,b:9093 --tls --sasl SCRAM-SHA-512 --sasl-user pools', ''],
  ],
  check(flags) {
    assertFlag(!isS3Url(flags.input), 'input', 'a folder')
    checkKafkaFlags(flags)
    checkOpsFlags(flags)
  },
  async run(flags, { progress, now, environment, untilStopped }) {
    const { receive } = await import('../live/receive/receive.ts')
    const { createReceiveStatus } = await import('../live/receive/status.ts')
    const stop = untilStopped()
    const status = createReceiveStatus()
    const settings = await readKafkaFlags(flags, environment)
    if (settings === null) return null
    const note = (line: string) => progress.note(line)
    const ops = await startOps(flags, { status, now, note })
    try {
      await receive(settings, { stop, now, note, status })
    } finally {
      await ops?.stop()
    }
    const { messages, lines, rejectedTotal } = status
    const document = { status: 'stopped', messages, lines, rejected_total: rejectedTotal }
    return { document, lines: [`${lines} lines of ${messages} messages: ${flags.input}`] }
  },
}

async function startOps(
  flags: ReceiveFlags,
  {
    status,
    now,
    note,
  }: { status: ReceiveStatus; now: CommandContext['now']; note: (line: string) => void },
) {
  const { port, host } = readOpsFlags(flags)
  if (port === null) return null
  const { startOps: listen, answerPath } = await import('../live/ops-listener.ts')
  const { describeReceiveFault, formatReceiveMetrics } = await import('../live/receive/metrics.ts')
  const ops = await listen({ port, host }, (url) =>
    answerPath(url, {
      metrics: () => formatReceiveMetrics(status, now()),
      hang: null,
      fault: describeReceiveFault(status),
    }),
  )
  note(`operations on ${ops.url}`)
  return ops
}
