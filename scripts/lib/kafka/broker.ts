/** A broker of Kafka in a folder of its own: one process that is broker and controller. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePort } from '../ports.ts'
import { installKafka } from './install.ts'

const run = promisify(execFile)

/** Milliseconds that a broker may take to start on a busy machine. */
const PATIENCE_MS = 120_000
const HEAP = ['-Xmx384m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC']

/**
 * Settings of a broker that is killed often: its controller takes the one before for alive as long as its session lasts, and
 * lets no other in meanwhile (9 seconds, if nothing else is said).
 */
export const SHORT_SESSIONS = ['broker.session.timeout.ms=1500', 'broker.heartbeat.interval.ms=300']

/** A broker. */
export interface Broker {
  /** `127.0.0.1:PORT` */
  readonly address: string
  readonly folder: string
  /** Port at which other brokers join. */
  readonly controller: number
  /** Starts it, with what its folder holds, and waits until it listens. */
  start(): Promise<void>
  /** Starts and stops it once, and keeps the classes that it has loaded: each later start takes half the time. */
  keepClasses(): Promise<void>
  /** As power loss for the process. */
  kill(): Promise<void>
  /** As an operator. */
  stop(): Promise<void>
  /** Runs a tool of Kafka, and gives its stdout. */
  tool(name: string, words: readonly string[], input?: string): Promise<string>
}

/** What a broker has beside its folder and settings. */
interface BrokerPlace {
  readonly extra?: ExtraListener | null
  /** The broker of a cluster that this one joins; null: a cluster of its own. */
  readonly first?: Broker | null
}

/** Where a broker listens besides: `SASL_SSL` and the like, with what its settings say. */
interface ExtraListener {
  readonly name: string
  readonly host: string
  readonly port: number
}

/**
 * Makes a broker in a folder; {@link Broker.start} starts it.
 *
 * @param settings - More lines of server.properties.
 */
export async function createBroker(
  folder: string,
  settings: readonly string[] = [],
  { extra = null, first = null }: BrokerPlace = {},
): Promise<Broker> {
  const classPath = await installKafka()
  const port = await freePort()
  const controller = first?.controller ?? (await freePort())
  const address = `127.0.0.1:${port}`
  await mkdir(folder, { recursive: true })
  const properties = join(folder, 'server.properties')
  await writeFile(
    properties,
    writeProperties(folder, { address, controller, settings, extra, first }),
  )
  const java = (words: readonly string[]) => ['-cp', classPath, ...HEAP, ...words]
  await run(
    'java',
    java(['kafka.tools.StorageTool', 'format', '-g', '-t', CLUSTER_ID, '-c', properties]),
  )
  let child: ChildProcess | null = null
  let classes: readonly string[] = []
  process.once('exit', () => child?.kill('SIGKILL'))
  const begin = async (flags: readonly string[]) => {
    const log = openSync(join(folder, 'log'), 'a')
    const words = java([...flags, 'kafka.Kafka', properties])
    // A group of its own: Ctrl-C reaches whoever started it, who then stops it.
    child = spawn('java', words, { cwd: folder, stdio: ['ignore', log, log], detached: true })
    await waitForPort(port, child, join(folder, 'log'))
  }
  const end = async (signal: NodeJS.Signals) => {
    if (child === null || child.exitCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
    child = null
  }
  return {
    address,
    folder,
    controller,
    start: () => begin(classes),
    async keepClasses() {
      const archive = join(folder, 'classes.jsa')
      await begin([`-XX:ArchiveClassesAtExit=${archive}`])
      await end('SIGTERM')
      classes = [`-XX:SharedArchiveFile=${archive}`]
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    async tool(name, words, input = '') {
      const tool = spawn(
        'java',
        java([name.startsWith('kafka.') ? name : `org.apache.kafka.tools.${name}`, ...words]),
        {
          stdio: ['pipe', 'pipe', 'pipe'],
        },
      )
      let output = ''
      let errors = ''
      tool.stdout.on('data', (chunk) => (output += chunk))
      tool.stderr.on('data', (chunk) => (errors += chunk))
      tool.stdin.end(input)
      const [code] = await once(tool, 'close')
      if (code !== 0) throw new Error(`${name} ended with ${code}: ${output}${errors}`)
      return output
    },
  }
}

/** Any: each broker is a cluster of its own. */
const CLUSTER_ID = 'MkU3OEVBNTcwNTJENDM2Qk'

function writeProperties(
  folder: string,
  {
    address,
    controller,
    settings,
    extra,
    first,
  }: {
    address: string
    controller: number
    settings: readonly string[]
    extra: ExtraListener | null
    first: Broker | null
  },
): string {
  const more = extra === null ? '' : `,${extra.name}://${extra.host}:${extra.port}`
  const map = extra === null ? '' : `,${extra.name}:${extra.name}`
  const own = first === null ? `,CONTROLLER://127.0.0.1:${controller}` : ''
  return [
    `process.roles=broker${first === null ? ',controller' : ''}`,
    `node.id=${first === null ? 1 : 2}`,
    `controller.quorum.voters=1@127.0.0.1:${controller}`,
    `listeners=PLAINTEXT://${address}${own}${more}`,
    `advertised.listeners=PLAINTEXT://${address}${more}`,
    'controller.listener.names=CONTROLLER',
    `listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT${map}`,
    `log.dirs=${join(folder, 'data')}`,
    'offsets.topic.replication.factor=1',
    'offsets.topic.num.partitions=1',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.num.partitions=1',
    'transaction.state.log.min.isr=1',
    'group.initial.rebalance.delay.ms=0',
    'auto.create.topics.enable=false',
    'message.max.bytes=20000000',
    ...settings,
    '',
  ].join('\n')
}

async function waitForPort(port: number, child: ChildProcess, log: string): Promise<void> {
  const startMs = performance.now()
  while (performance.now() - startMs < PATIENCE_MS) {
    if (child.exitCode !== null) break
    if (await isListening(port)) return
    await sleep(50)
  }
  throw new Error(`the broker did not start: ${(await readFile(log, 'utf8')).slice(-2_000)}`)
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
