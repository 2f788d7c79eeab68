/** The proxies of deploy/proxy, without what a generator of load cannot ask through: TLS, and the limit for each client. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../scripts/lib/ports.ts'

const FOLDER = new URL('../../deploy/proxy/', import.meta.url)

/** A proxy that runs. */
export interface RunningProxy {
  readonly port: number
  readonly stop: () => Promise<void>
}

/** Where a proxy listens, and the server that it asks: an address with a port, or the path of a socket. */
interface Places {
  readonly port: number
  readonly plain: number
  readonly server: string
}

interface ProxyProgram {
  readonly file: string
  readonly configure: (text: string, places: Places) => string
  readonly words: (path: string, folder: string) => readonly string[]
}

/** By name, as it is shown. */
const PROGRAMS: Readonly<Record<string, ProxyProgram>> = {
  nginx: {
    file: 'nginx.conf',
    configure: (text, { port, plain, server }) =>
      text
        .replace('server 127.0.0.1:8080;', `server ${isSocket(server) ? 'unix:' : ''}${server};`)
        .replace('listen 80;', `listen 127.0.0.1:${plain};`)
        .replace('listen 443 ssl http2;', `listen 127.0.0.1:${port};`)
        .replaceAll(/^ *(ssl_|limit_req ).*\n/gm, ''),
    words: (path, folder) => {
      // Started by root, its workers are another user, who may not use the socket of a measurement.
      const user = process.getuid?.() === 0 ? 'user root; ' : ''
      const own = `${user}daemon off; pid ${join(folder, 'nginx.pid')}; error_log stderr;`
      return ['-c', path, '-p', folder, '-g', own]
    },
  },
  Caddy: {
    file: 'Caddyfile',
    configure: (text, { port, server }) => {
      const site = text
        .replace('ads.example {', `http://:${port} {\n\tbind 127.0.0.1`)
        .replace('reverse_proxy 127.0.0.1:8080', `reverse_proxy ${toCaddy(server)}`)
      return `{\n\tadmin off\n\tlog {\n\t\tlevel ERROR\n\t}\n}\n${site}`
    },
    words: (path) => ['run', '--adapter', 'caddyfile', '--config', path],
  },
  HAProxy: {
    file: 'haproxy.cfg',
    configure: (text, { port, server }) =>
      text
        .replace(/^ *bind :443 .*$/m, `  bind 127.0.0.1:${port}`)
        .replaceAll(/^ *(bind :80|http-request redirect|http-request deny .*429).*\n/gm, '')
        .replace(/^ *server one .*$/m, `  server one ${isSocket(server) ? 'unix@' : ''}${server}`),
    words: (path) => ['-db', '-f', path],
  },
}

/** Names of the proxies. */
export const PROXY_NAMES: readonly string[] = Object.keys(PROGRAMS)

/**
 * Starts a proxy in front of a server.
 *
 * @param folder - For its files, an empty one.
 * @throws {Error} If it ends.
 */
export async function startProxy(
  name: string,
  { folder, server }: { readonly folder: string; readonly server: string },
): Promise<RunningProxy> {
  const program = PROGRAMS[name]
  if (program === undefined) throw new Error(`no such proxy: ${name}`)
  const port = await freePort()
  const path = join(folder, program.file)
  const text = await readFile(new URL(program.file, FOLDER), 'utf8')
  await writeFile(path, program.configure(text, { port, plain: await freePort(), server }))
  const child = spawn(name.toLowerCase(), program.words(path, folder), {
    stdio: ['ignore', 'ignore', 'inherit'],
    // Caddy keeps its own files below its home.
    env: { PATH: process.env.PATH, HOME: folder },
  })
  await waitUntilListening(port, child)
  return { port, stop: () => stop(child) }
}

function isSocket(server: string): boolean {
  return server.startsWith('/')
}

function toCaddy(server: string): string {
  return isSocket(server) ? `unix/${server}` : server
}

async function waitUntilListening(port: number, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    const probe = connect(port, '127.0.0.1')
    const isOpen = await once(probe, 'connect').then(
      () => true,
      () => false,
    )
    probe.destroy()
    if (isOpen) return
    await sleep(50)
  }
  throw new Error(`${child.spawnfile} ended`)
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}
