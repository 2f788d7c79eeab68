/**
 * A real Trino for the tests: a coordinator and two workers on 127.0.0.1, with a file metastore and local files.
 *
 * The coordinator does no work itself, so what a query reads was read by the workers. Plain HTTP asks for no password,
 * HTTPS does, as in most installations.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../ports.ts'
import { makeCertificate } from './certificate.ts'
import { installTrino, type TrinoInstallation } from './install.ts'

/** A cluster that answers. */
export interface TrinoCluster {
  readonly url: string
  /** Asks for {@link PASSWORD_USER}'s password or for a token. */
  readonly httpsUrl: string
  /** The certificate that vouches for `httpsUrl`, a PEM file. */
  readonly caFile: string
  /** What `local:///` is on this machine. */
  readonly folder: string
  readonly version: string
  /** A token for `subject` that the coordinator believes. */
  tokenFor(subject: string): string
  stop(): Promise<void>
}

/** The one user with a password. */
export const PASSWORD_USER = { name: 'analyst', password: 'clicks, not bricks' }

/** Two workers are the fewest that share the work. */
const WORKERS = 2
/** Three processes load some hundred jars each, on as little as two cores. */
const START_LIMIT_MS = 240_000
const STOP_LIMIT_MS = 20_000
/** What a cluster is for. */
export interface ClusterOptions {
  /** Of each process, as Java reads it; the logs of the tests are small. */
  readonly heap?: string
  /** Compiles well what runs often, which pays after minutes only. */
  readonly isLongRun?: boolean
}

/**
 * Starts a cluster and waits until both workers have joined it.
 *
 * @throws {Error} With the end of a log, if it does not come up.
 */
export async function startTrino({
  heap = '1G',
  isLongRun = false,
}: ClusterOptions = {}): Promise<TrinoCluster> {
  const installation = await installTrino()
  const home = await mkdtemp(join(tmpdir(), 'trino-'))
  const folder = join(home, 'files')
  await mkdir(folder)
  const { certificate, keystore } = await makeCertificate(home)
  const jwtKey = randomBytes(48)
  await writeFile(join(home, 'jwt.key'), jwtKey.toString('base64'))
  await writeFile(join(home, 'passwords'), passwordLine())
  const shared: Shared = {
    ...{ installation, home, heap, isLongRun, folder, keystore },
    port: await freePort(),
    httpsPort: await freePort(),
    secret: randomBytes(24).toString('base64url'),
  }
  const url = `http://127.0.0.1:${shared.port}`
  const nodes: ChildProcess[] = []
  const stop = async () => {
    await Promise.all(nodes.map(stopNode))
    await rm(home, { recursive: true, force: true })
  }
  try {
    nodes.push(await startNode(shared, 'coordinator'))
    for (let worker = 1; worker <= WORKERS; worker += 1) {
      nodes.push(await startNode(shared, `worker-${worker}`))
    }
    await waitForWorkers(url, nodes)
  } catch (error) {
    const log = await readFile(join(home, 'coordinator', 'server.log'), 'utf8').catch(() => '')
    await stop()
    throw new Error(`Trino did not start\n${log.slice(-3000)}`, { cause: error })
  }
  return {
    url,
    httpsUrl: `https://127.0.0.1:${shared.httpsPort}`,
    caFile: certificate,
    folder,
    version: installation.version,
    tokenFor: (subject) => signToken(subject, jwtKey),
    stop,
  }
}

/** What all nodes have in common. */
interface Shared {
  readonly installation: TrinoInstallation
  readonly home: string
  readonly heap: string
  readonly isLongRun: boolean
  readonly port: number
  readonly httpsPort: number
  readonly secret: string
  readonly keystore: string
  /** What `local:///` is. */
  readonly folder: string
}

async function startNode(shared: Shared, name: string): Promise<ChildProcess> {
  const { installation, home } = shared
  const folder = join(home, name)
  const isCoordinator = name === 'coordinator'
  await mkdir(join(folder, 'etc', 'catalog'), { recursive: true })
  const write = (file: string, lines: readonly string[]) =>
    writeFile(join(folder, 'etc', file), `${lines.join('\n')}\n`)
  await write('config.properties', await configLines(shared, name))
  await write('log.properties', ['=WARN', 'io.trino.server=INFO'])
  if (isCoordinator) {
    await write('password-authenticator.properties', [
      'password-authenticator.name=file',
      `file.password-file=${home}/passwords`,
    ])
  }
  await write('catalog/hive.properties', [
    'connector.name=hive',
    'hive.metastore=file',
    // A file metastore keeps its tables where it keeps their descriptions: that is the work location of the tests.
    'hive.metastore.catalog.dir=local:///work',
    'fs.native-local.enabled=true',
    `local.location=${shared.folder}`,
    // Tables of Athena all have a location of their own.
    'hive.non-managed-table-writes-enabled=true',
  ])
  const log = openSync(join(folder, 'server.log'), 'w')
  const node = spawn(installation.java, javaFlags(shared), {
    cwd: folder,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  await once(node, 'spawn')
  return node
}

async function configLines(shared: Shared, name: string): Promise<string[]> {
  const { installation, port, httpsPort, secret, keystore, home } = shared
  const isCoordinator = name === 'coordinator'
  const common = [
    'node.environment=test',
    `node.id=${name}`,
    'node.bind-ip=127.0.0.1',
    'node.internal-address=127.0.0.1',
    `coordinator=${isCoordinator}`,
    `discovery.uri=http://127.0.0.1:${port}`,
    `plugin.dir=${installation.home}/plugin`,
    `internal-communication.shared-secret=${secret}`,
    'catalog.management=static',
  ]
  if (!isCoordinator) return [...common, `http-server.http.port=${await freePort()}`]
  return [
    ...common,
    `http-server.http.port=${port}`,
    'node-scheduler.include-coordinator=false',
    'http-server.https.enabled=true',
    `http-server.https.port=${httpsPort}`,
    `http-server.https.keystore.path=${keystore}`,
    'http-server.authentication.type=PASSWORD,JWT',
    `http-server.authentication.jwt.key-file=${home}/jwt.key`,
    'http-server.authentication.allow-insecure-over-http=true',
  ]
}

function javaFlags({ installation, heap, isLongRun }: Shared): string[] {
  return [
    `-Xmx${heap}`,
    '-XX:+UseG1GC',
    '-XX:+ExitOnOutOfMemoryError',
    // Compiled once and less well, a short life is over sooner.
    ...(isLongRun ? [] : ['-XX:TieredStopAtLevel=1']),
    '-Djdk.attach.allowAttachSelf=true',
    '-Dfile.encoding=UTF-8',
    '-Dconfig=etc/config.properties',
    '-Dlog.levels-file=etc/log.properties',
    '-cp',
    `${installation.home}/lib/*`,
    'io.trino.server.TrinoServer',
  ]
}

/** A query over the system tables works as soon as the coordinator does; the workers join one by one. */
async function waitForWorkers(url: string, nodes: readonly ChildProcess[]): Promise<void> {
  const end = Date.now() + START_LIMIT_MS
  while (Date.now() < end) {
    if (nodes.some(({ exitCode }) => exitCode !== null)) throw new Error('a node has ended')
    if ((await countWorkers(url)) === WORKERS) return
    await sleep(500)
  }
  throw new Error('the workers have not joined in time')
}

async function countWorkers(url: string): Promise<number> {
  const statement =
    "select node_id from system.runtime.nodes where not coordinator and state = 'active'"
  const rows = await ask(url, statement).catch(() => [])
  return rows.length
}

/** Asks by the bare protocol: what is tested stays out of the set-up. */
export async function ask(
  url: string,
  statement: string,
  schema = 'default',
): Promise<unknown[][]> {
  const headers = { 'x-trino-user': 'test', 'x-trino-catalog': 'hive', 'x-trino-schema': schema }
  const rows: unknown[][] = []
  let response = await fetch(`${url}/v1/statement`, { method: 'POST', body: statement, headers })
  for (;;) {
    const page = (await response.json()) as {
      nextUri?: string
      data?: unknown[][]
      error?: { message: string }
    }
    if (page.error !== undefined) throw new Error(page.error.message)
    rows.push(...(page.data ?? []))
    if (page.nextUri === undefined) return rows
    response = await fetch(page.nextUri, { headers })
  }
}

async function stopNode(node: ChildProcess): Promise<void> {
  if (node.exitCode !== null || node.signalCode !== null) return
  const ended = once(node, 'exit')
  node.kill('SIGTERM')
  const limit = sleep(STOP_LIMIT_MS, 'late', { ref: false })
  if ((await Promise.race([ended, limit])) !== 'late') return
  node.kill('SIGKILL')
  await ended
}

/** As Trino's file of passwords has it: iterations, salt and hash. */
function passwordLine(): string {
  const iterations = 10_000
  const salt = randomBytes(16)
  const hash = pbkdf2Sync(PASSWORD_USER.password, salt, iterations, 20, 'sha1')
  return `${PASSWORD_USER.name}:${iterations}:${salt.toString('hex')}:${hash.toString('hex')}\n`
}

function signToken(subject: string, key: Buffer): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
  const expires = Math.floor(Date.now() / 1000) + 3600
  const content = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ sub: subject, exp: expires })}`
  return `${content}.${createHmac('sha256', key).update(content).digest('base64url')}`
}
