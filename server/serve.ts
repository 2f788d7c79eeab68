/** The server as a process: flags, start, signals, exit codes. What the user can correct is one line on stderr. */
import cluster from 'node:cluster'
import { styleText } from 'node:util'
import { DenylistError } from '../contract/denylist.ts'
import { printable } from '../contract/printable.ts'
import { ArtifactError } from '../contract/read.ts'
import { isS3Url, S3EndpointError } from '../contract/s3-address.ts'
import { guardStreams } from '../contract/streams.ts'
import type { EventLog } from './base/log-events.ts'
import { findSocketPath, removeStaleSocket, SocketError } from './base/unix-socket.ts'
import type { FollowedBucket } from './bucket/start.ts'
import { readConfig } from './config.ts'
import { AdvertisersError } from './events/advertisers.ts'
import { createRemoteSink } from './events/channel.ts'
import { EventKeyError } from './events/keys.ts'
import type { EventSink } from './events/service.ts'
import { CollectError } from './events/start.ts'
import { readFlags } from './flags.ts'
import { startOps } from './ops/listener.ts'
import { openLog } from './ops/log.ts'
import { ImagesError } from './pictures/list-folder.ts'
import { withCollector } from './process/collecting.ts'
import { startServing } from './process/serving.ts'
import type { Started } from './process/started.ts'
import { reportToFirstProcess } from './process/worker-messages.ts'
import { type Service, startWorkers, WorkerError } from './process/workers.ts'
import { findSources, readSettings, SETTINGS, type Settings, SettingsError } from './settings.ts'

const EXIT_FAILED = 1
const EXIT_MISUSED = 2

/** Milliseconds that a process has to stop after the drain delay; answers under way have 6.5 s of them. */
const STOP_MS = 7_300

/** Milliseconds after that for killing workers. All together are within the 8 s of docs/server.md. */
const KILL_MS = 500

/** Tells workers where the copy of a bucket is: their words are those of the first process. */
const FOLDER_VARIABLE = 'BANNER_POOLS_COPIED_ARTIFACTS'

const USER_ERRORS = [
  ...[S3EndpointError, ArtifactError, DenylistError, ImagesError],
  ...[AdvertisersError, CollectError, EventKeyError, SocketError],
]

/**
 * Runs the server until it is stopped.
 *
 * @param argv - The words after the program's name; other processes that it starts get those of this process.
 * @param name - What the user typed as the program's name, for messages.
 */
export async function runServe(argv: readonly string[], name: string): Promise<void> {
  const guard = guardStreams(process, (line) => process.stderr.write(`${name}: ${line}\n`))
  // A write may fail after the last line of the program.
  process.once('exit', () => {
    if (guard.hasLostOutput()) process.exitCode = EXIT_FAILED
  })
  try {
    const commandLine = readFlags(argv, name)
    if ('output' in commandLine) process.stdout.write(`${commandLine.output}\n`)
    else await startOrCheck(commandLine.flags)
  } catch (error) {
    reportFailure(error as Error, name, asksForJson(argv, process.env))
  }
}

async function startOrCheck(flags: Readonly<Record<string, unknown>>): Promise<void> {
  const config = await readConfig(flags, process.env)
  const settings = readSettings(flags, process.env, config)
  if (!settings.check) return start(settings)
  const { describeStart } = await import('./check.ts')
  const lines = await describeStart(settings, findSources(flags, process.env, config))
  process.stdout.write(lines.map((line) => `${printable(line)}\n`).join(''))
}

/** Alone, or as the first of several processes, or as one that this started. */
async function start(settings: Settings): Promise<void> {
  const log = openLog(settings.log)
  const stopMs = settings.drainDelay * 1_000 + STOP_MS
  if (cluster.isWorker) {
    const { [FOLDER_VARIABLE]: artifacts = settings.artifacts } = process.env
    const sink = settings.collect === undefined ? undefined : createRemoteSink(process)
    const serving = await startServing({ ...settings, artifacts }, log, sink)
    obeySignals({ ...serving, stopMs })
    reportToFirstProcess(serving)
    return
  }
  const socket = findSocketPath(settings.host)
  if (socket !== undefined) await removeStaleSocket(socket)
  const bucket = await openArtifacts(settings, log)
  const service = await startService({ ...settings, artifacts: bucket.folder }, log, stopMs).catch(
    async (error) => {
      await bucket.stop()
      throw error
    },
  )
  const ops = await startOps(settings, service).catch(async (error) => {
    await service.stop()
    await bucket.stop()
    throw error
  })
  // Before the line below: whoever waits for it may send a signal at once.
  obeySignals({
    reload: service.reload,
    stopMs: stopMs + KILL_MS,
    log,
    stop: async () => {
      await service.stop()
      await ops?.stop()
      await bucket.stop()
    },
  })
  const { line, fields } = service.started
  const operations = ops?.url ?? 'off'
  const end = ops === undefined ? '' : `, operations on ${ops.url}`
  log.info({ event: 'start', ...fields, operations }, `${line}${end}`)
  if (process.stderr.isTTY && settings.log !== 'json') process.stderr.write(inviteTo(fields))
}

/** The last line of a start, for a person: what to open. */
function inviteTo({ url, explorer }: Started['fields']): string {
  const address = explorer === 'off' ? `${url}/docs` : `${explorer}/`
  // No browser opens a socket.
  if (findSocketPath(address) !== undefined) return ''
  const isColoured = process.stderr.hasColors?.() ?? false
  return `serve: open ${isColoured ? styleText('cyan', address) : address}\n`
}

/** A bucket is copied by the first process, for all. */
async function openArtifacts(
  settings: Settings,
  log: EventLog,
): Promise<Pick<FollowedBucket, 'folder' | 'stop'>> {
  const { artifacts } = settings
  if (!isS3Url(artifacts)) return { folder: artifacts, stop: async () => {} }
  const { followBucket } = await import('./bucket/start.ts')
  const bucket = await followBucket(settings, log)
  process.env[FOLDER_VARIABLE] = bucket.folder
  return bucket
}

function startService(settings: Settings, log: EventLog, stopMs: number): Promise<Service> {
  const { workers: count } = settings
  return withCollector(settings, log, ({ sink, onWorker }) =>
    count === 1 ? startAlone(settings, log, sink) : startWorkers({ count, stopMs, log, onWorker }),
  )
}

async function startAlone(settings: Settings, log: EventLog, sink?: EventSink): Promise<Service> {
  const serving = await startServing(settings, log, sink)
  return {
    ...serving,
    isLive: () => true,
    states: async () => [serving.state()],
    metrics: () => serving.registry.metrics(),
  }
}

interface SignalOptions extends Pick<Service, 'reload' | 'stop'> {
  /** Milliseconds after which the process ends whatever is left. */
  readonly stopMs: number
  /** Undefined: another process says it. */
  readonly log?: EventLog
}

/** A second SIGTERM changes nothing, a second Ctrl-C ends the process at once. */
function obeySignals({ reload, stop, stopMs, log }: SignalOptions): void {
  const obey = async (signal: NodeJS.Signals) => {
    log?.info({ event: 'stop', signal }, `${signal}: stopping`)
    setTimeout(() => process.exit(), stopMs)
    await stop()
    log?.info({ event: 'stopped' }, 'stopped')
    // Not by itself: a thread that loads a build, or a pipe that nobody reads, may still be at it.
    process.exit()
  }
  process.on('SIGTERM', obey)
  process.once('SIGINT', obey)
  process.on('SIGHUP', () => void reload())
}

/** One line for what the user can correct; anything else is a bug, and keeps its stack. */
function reportFailure(error: NodeJS.ErrnoException, name: string, isJson: boolean): void {
  if (error instanceof WorkerError) {
    process.exitCode = error.exitCode
    return
  }
  const misused = error instanceof SettingsError
  process.exitCode = misused ? EXIT_MISUSED : EXIT_FAILED
  const line = misused ? `${error.message}; see '${name} --help'` : describeFailure(error)
  if (line === undefined) throw error
  if (isJson) {
    const fields = { event: 'start_refused', exit_code: process.exitCode } as const
    openLog('json').error(fields, line)
  } else process.stderr.write(`${name}: ${printable(line)}\n`)
  // The channel to the first process would keep a worker alive.
  if (cluster.isWorker) process.exit()
}

/** Read before the settings are, as these may be what is wrong. What only the file of `--config` says is not known here. */
function asksForJson(argv: readonly string[], env: NodeJS.ProcessEnv): boolean {
  const place = argv.findLastIndex((word) => word === '--log' || word.startsWith('--log='))
  if (place === -1) return env[SETTINGS.log.env] === 'json'
  return argv[place] === '--log=json' || argv[place + 1] === 'json'
}

function describeFailure(error: NodeJS.ErrnoException): string | undefined {
  if (USER_ERRORS.some((kind) => error instanceof kind)) return error.message
  switch (error.code) {
    case 'EADDRINUSE':
      return `the port is taken, choose another with --port or --ops-port: ${error.message}`
    case 'EACCES':
      return `the port is not allowed, choose one above 1023 with --port or --ops-port: ${error.message}`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `this machine does not have the address, choose another with --host or --ops-host: ${error.message}`
    default:
      return undefined
  }
}
