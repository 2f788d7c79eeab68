/** The proxies of deploy/proxy, run for real with ports and certificates of a test. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import type { IncomingHttpHeaders } from 'node:http'
import { request } from 'node:https'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)
const FOLDER = new URL('../../deploy/proxy/', import.meta.url)
const PATIENCE_MS = 30_000

/** Where a proxy listens, and what is behind it. */
export interface ProxyPorts {
  readonly http: number
  readonly https: number
  readonly server: number
  readonly ops: number
  /** The server's socket, which the proxy asks instead of its port. */
  readonly socket?: string
}

/** An answer that came through a proxy. */
export interface ProxyAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export type ProxyName = 'nginx' | 'Caddy' | 'HAProxy'

/** Makes the certificate of `ads.example`, as two files and as one. */
export async function makeCertificate(folder: string): Promise<void> {
  const key = join(folder, 'key.pem')
  const certificate = join(folder, 'cert.pem')
  const subject = ['-subj', '/CN=ads.example', '-addext', 'subjectAltName=DNS:ads.example']
  const files = ['-keyout', key, '-out', certificate, '-days', '2', '-nodes']
  await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', ...files, ...subject])
  const both = `${await readFile(certificate, 'utf8')}${await readFile(key, 'utf8')}`
  await writeFile(join(folder, 'both.pem'), both)
}

/** Runs a proxy by its file in deploy/proxy while `fn` runs. */
export async function withProxy<T>(
  name: ProxyName,
  { folder, ports }: { folder: string; ports: ProxyPorts },
  fn: (ask: (path: string, headers?: Record<string, string>) => Promise<ProxyAnswer>) => Promise<T>,
): Promise<T> {
  const path = join(folder, 'proxy.conf')
  await writeFile(path, useSocket(await PROXIES[name].configure(folder, ports), ports.socket))
  const child = spawn(name.toLowerCase(), PROXIES[name].words(path, folder), {
    stdio: ['ignore', 'ignore', 'pipe'],
    // Caddy keeps its own files below its home.
    env: { PATH: process.env.PATH, HOME: folder },
  })
  let log = ''
  child.stderr?.on('data', (chunk) => (log += chunk))
  const ended = once(child, 'close')
  try {
    await waitUntilListening(ports.https, child, () => log)
    return await fn((target, headers) => ask(ports.https, target, headers))
  } finally {
    child.kill('SIGTERM')
    await ended
  }
}

const PROXIES = {
  nginx: {
    async configure(folder: string, ports: ProxyPorts) {
      return (await readProxy('nginx.conf'))
        .replace('127.0.0.1:8080', `127.0.0.1:${ports.server}`)
        .replace('listen 80;', `listen 127.0.0.1:${ports.http};`)
        .replace('listen 443 ssl', `listen 127.0.0.1:${ports.https} ssl`)
        .replace('/etc/ssl/ads.example.pem', join(folder, 'cert.pem'))
        .replace('/etc/ssl/ads.example.key', join(folder, 'key.pem'))
    },
    words: (path: string, folder: string) => {
      // Started by root, its workers are another user, who may not use the socket of the test.
      const user = process.getuid?.() === 0 ? 'user root; ' : ''
      const own = `${user}daemon off; pid ${join(folder, 'nginx.pid')}; error_log stderr;`
      return ['-c', path, '-p', folder, '-g', own]
    },
  },
  Caddy: {
    async configure(folder: string, ports: ProxyPorts) {
      const tls = `tls ${join(folder, 'cert.pem')} ${join(folder, 'key.pem')}`
      const site = `https://ads.example:${ports.https} {\n\tbind 127.0.0.1\n\t${tls}`
      const text = (await readProxy('Caddyfile'))
        .replace('ads.example {', site)
        .replace('127.0.0.1:8080', `127.0.0.1:${ports.server}`)
      return `{\n\tadmin off\n\tauto_https disable_redirects\n}\n${text}`
    },
    words: (path: string) => ['run', '--adapter', 'caddyfile', '--config', path],
  },
  HAProxy: {
    async configure(folder: string, ports: ProxyPorts) {
      return (await readProxy('haproxy.cfg'))
        .replace('bind :80\n', `bind 127.0.0.1:${ports.http}\n`)
        .replace('bind :443', `bind 127.0.0.1:${ports.https}`)
        .replace('/etc/ssl/ads.example.both.pem', join(folder, 'both.pem'))
        .replace('127.0.0.1:8080', `127.0.0.1:${ports.server}`)
        .replaceAll('port 9464', `port ${ports.ops}`)
    },
    words: (path: string) => ['-db', '-f', path],
  },
} as const

/** Takes the lines that the files have for a server at a socket, instead of the usual ones. */
function useSocket(text: string, socket: string | undefined): string {
  if (socket === undefined) return text
  const path = '/run/banner-pools/server.sock'
  return text
    .replace(/^ *server (?:one )?127\.0\.0\.1.*$/m, '')
    .replace(/^( *)# (server (?:one )?unix.*)$/m, '$1$2')
    .replace(/# With serve --host unix:\S+: (.*)\n\t+reverse_proxy 127.*$/m, '$1')
    .replaceAll(path, socket)
}

function readProxy(name: string): Promise<string> {
  return readFile(new URL(name, FOLDER), 'utf8')
}

async function waitUntilListening(
  port: number,
  child: ChildProcess,
  log: () => string,
): Promise<void> {
  const startMs = performance.now()
  while (performance.now() - startMs < PATIENCE_MS) {
    if (child.exitCode !== null) throw new Error(`the proxy ended: ${log()}`)
    const socket = connect(port, '127.0.0.1')
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (isOpen) return
    await sleep(100)
  }
  throw new Error(`the proxy does not listen: ${log()}`)
}

/** Asks as a browser does for https://ads.example. */
async function ask(
  port: number,
  path: string,
  headers: Record<string, string> = {},
): Promise<ProxyAnswer> {
  const sent = request({
    ...{ host: '127.0.0.1', port, path, servername: 'ads.example', rejectUnauthorized: false },
    headers: { host: 'ads.example', ...headers },
  })
  sent.end()
  const [response] = await once(sent, 'response')
  const body = await text(response)
  return { status: response.statusCode ?? 0, headers: response.headers, body }
}
