/** The server as a process: flags, start, signals. Results of the start and errors are one line each, on stderr. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { Logger } from 'pino'
import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import { ArtifactError } from '../artifacts/read.ts'
import { FORMAT_VERSION } from '../artifacts/schema.ts'
import { createApp } from './app.ts'
import { openLog } from './ops/log.ts'
import { type Images, ImagesError, openImages } from './pictures/images.ts'
import { followBuild, type Reload } from './pools/follow.ts'
import type { Pools } from './pools/pools.ts'
import { readSettings, SETTINGS, type Settings, SettingsError } from './settings.ts'

/** Milliseconds that open requests have to finish after SIGTERM; container platforms kill after 10 seconds. */
const CLOSE_TIMEOUT_MS = 5_000

const EXIT_FAILED = 1
const EXIT_MISUSED = 2

try {
  await start(readSettings(readFlags(process.argv), process.env))
} catch (error) {
  reportFailure(error as Error)
}

async function start(settings: Settings): Promise<void> {
  const log = openLog(settings.log)
  const followed = await followBuild(settings.artifacts, (reload) => logReload(log, reload))
  const images = await openImages(settings.images)
  const app = createApp({
    pools: () => followed.build().pools,
    settings,
    images,
    now: () => new Date(),
    random: Math.random,
    logError: (error) => log.error(error, 'a request failed'),
  })
  const server = createServer(getRequestListener(app.fetch))
  // Before the line below: whoever waits for it may send a signal at once.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => close(server))
  process.on('SIGHUP', () => void followed.actNow())
  await listen(server, settings)
  log.info(describeStart(server, followed.build().pools, images))
}

function logReload(log: Logger, reload: Reload): void {
  if (reload.result === 'error') {
    log.error(`the new build is bad, still serving the last good one: ${reload.error.message}`)
  } else if (reload.result === 'ok') {
    const { buildId, campaignCount, poolCount } = reload.build.pools
    log.info(`now serving build ${buildId}, ${campaignCount} campaigns, ${poolCount} pools`)
  } else {
    log.info('looked for another build, there is none')
  }
}

function readFlags(argv: readonly string[]): Record<string, unknown> {
  const parser = yargs(hideBin([...argv]))
    .scriptName('serve')
    .usage(
      '$0 [options]\n\nServes banners from a published build. GET /campaigns/<id> answers one.',
    )
    .strict()
    .demandCommand(0, 0)
    .version(false)
    .fail((message, error) => {
      throw error ?? new SettingsError(message)
    })
  for (const info of Object.values(SETTINGS)) {
    parser.option(info.flag, {
      type: 'string',
      requiresArg: true,
      describe: `${info.describe} [${info.env}]`,
      defaultDescription: info.default,
    })
  }
  return parser.parseSync()
}

function listen(server: Server, { port, host }: Settings): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function describeStart(server: Server, pools: Pools, images: Images): string {
  const { address, port, family } = server.address() as AddressInfo
  const host = family === 'IPv6' ? `[${address}]` : address
  return [
    `listening on http://${host}:${port}`,
    `${pools.campaignCount} campaigns`,
    `${pools.poolCount} pools`,
    `build ${pools.buildId}`,
    `format ${FORMAT_VERSION}`,
    `pictures: ${describeImages(images)}`,
  ].join(', ')
}

function describeImages({ urlTemplate, paths, leftOut }: Images): string {
  if (urlTemplate !== undefined) return urlTemplate
  if (paths.size === 0) return 'drawn'
  return `${paths.size} files${leftOut === 0 ? '' : ` (${leftOut} left out)`}`
}

/** Takes no new connections, lets open requests finish; the process ends when nothing is open. */
function close(server: Server): void {
  server.close()
  setTimeout(() => server.closeAllConnections(), CLOSE_TIMEOUT_MS).unref()
}

/** One line for what the user can correct; anything else is a bug, and keeps its stack. */
function reportFailure(error: NodeJS.ErrnoException): void {
  const misused = error instanceof SettingsError || error.name === 'YError'
  process.exitCode = misused ? EXIT_MISUSED : EXIT_FAILED
  const line = misused ? `${error.message}; see 'serve --help'` : describeFailure(error)
  if (line === undefined) throw error
  console.error(`serve: ${line}`)
}

function describeFailure(error: NodeJS.ErrnoException): string | undefined {
  if (error instanceof ArtifactError || error instanceof ImagesError) return error.message
  switch (error.code) {
    case 'EADDRINUSE':
      return `the port is taken, choose another with --port: ${error.message}`
    case 'EACCES':
      return `the port is not allowed, choose one above 1023 with --port: ${error.message}`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `this machine does not have the address, choose another with --host: ${error.message}`
    default:
      return undefined
  }
}
