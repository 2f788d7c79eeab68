/** nginx, Caddy and HAProxy in front of a server, by the files of deploy/proxy. */
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { rowsOf, writeBuild } from '../../scripts/lib/pool-files.ts'
import { freePort } from '../../scripts/lib/ports.ts'
import { runServer } from '../../scripts/lib/run-server.ts'
import { withFolder } from '../helpers/folders.ts'
import { makeCertificate, type ProxyAnswer, type ProxyName, withProxy } from '../helpers/proxies.ts'

const PICTURE = /^https:\/\/ads\.example\/images\/\d+$/

type Ask = (path: string, headers?: Record<string, string>) => Promise<ProxyAnswer>

/** A server behind a proxy, which believes what the proxy says of the visitor's address. */
async function withServed(
  name: ProxyName,
  place: 'port' | 'socket',
  fn: (ask: Ask, server: { port: number; http: number }) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const artifacts = join(folder, 'artifacts')
    await mkdir(artifacts)
    await writeBuild(artifacts, rowsOf({ 7: [30, 10, 20] }))
    await makeCertificate(folder)
    const [server, ops, http, https] = await Promise.all([
      freePort(),
      freePort(),
      freePort(),
      freePort(),
    ])
    const socket = join(folder, 'server.sock')
    const atSocket = place === 'socket' ? { socket } : {}
    const own = place === 'socket' ? ['--host', `unix:${socket}`] : ['--port', `${server}`]
    const flags = ['--artifacts', artifacts, ...own, '--ops-port', `${ops}`]
    await runServer([...flags, '--trust-proxy', '--explorer'], async () => {
      const ports = { http, https, server, ops, ...atSocket }
      await withProxy(name, { folder, ports }, (ask) => fn(ask, { port: server, http }))
    })
  })
}

/** HAProxy answers 503 until its first look at the server. */
async function waitForBanner(ask: Ask): Promise<ProxyAnswer> {
  for (let tries = 0; ; tries++) {
    const answer = await ask('/campaigns/7')
    if (answer.status === 200 || tries > 100) return answer
    await sleep(100)
  }
}

/** Connections to a port of this machine, open or just closed, of those who asked. */
async function countConnections(port: number): Promise<number> {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  const lines = (await readFile('/proc/net/tcp', 'utf8')).split('\n')
  return lines.filter((line) => line.trim().split(/\s+/)[2]?.endsWith(`:${hex}`)).length
}

/** Banners, pictures and the script, with links that nobody else can turn away. */
async function assertBanners(ask: Ask): Promise<void> {
  const answer = await waitForBanner(ask)
  const forged = {
    'X-Forwarded-Host': 'evil.example',
    'X-Forwarded-Proto': 'ftp',
    Forwarded: 'host=evil.example;proto=http',
  }

  expect(answer).toMatchObject({ status: 200, headers: { 'content-type': /json/ } })
  expect(answer.headers['strict-transport-security']).toBe('max-age=31536000')
  for (const { body } of [answer, await ask('/campaigns/7', forged)]) {
    expect(JSON.parse(body).image_url).toMatch(PICTURE)
  }
  expect(await ask('/campaigns/8')).toMatchObject({ status: 404 })
  expect((await ask('/campaigns/7.png')).headers.location).toMatch(PICTURE)
  expect((await ask('/images/30')).status).toBe(200)
  expect((await ask('/embed.js')).headers['content-type']).toMatch(/javascript/)
}

/** Cookies pass both ways. */
async function assertNoRepeats(ask: Ask): Promise<void> {
  let { body, headers } = await ask('/campaigns/7')
  for (let visit = 0; visit < 10; visit++) {
    const cookie = headers['set-cookie']?.[0]?.split(';')[0] ?? ''
    const before = JSON.parse(body).banner_id
    ;({ body, headers } = await ask('/campaigns/7', { cookie }))

    expect(cookie).toBe(`last=${before}`)
    expect(JSON.parse(body).banner_id).not.toBe(before)
  }
}

/** Explorer, docs and numbers are for people inside. */
async function assertClosed(ask: Ask): Promise<void> {
  const paths = ['/', '/docs', '/openapi.json', '/explorer/campaigns/7', '/metrics', '/version']
  for (const path of [...paths, '/campaigns/../docs', '//docs']) {
    const { status, body } = await ask(path)

    expect({ path, isRefused: status >= 400 && status < 500 }).toEqual({ path, isRefused: true })
    expect(body).not.toMatch(/swagger|openapi|revenue/i)
  }
}

async function assertKeptAlive(ask: Ask, port: number): Promise<void> {
  const before = await countConnections(port)
  for (let count = 0; count < 40; count++) await ask('/campaigns/7')

  expect((await countConnections(port)) - before).toBeLessThan(10)
}

/** One who asks too often is refused, and nobody else breaks. */
async function assertLimited(ask: Ask): Promise<void> {
  const statuses = new Set<number>()
  for (let round = 0; round < 30 && !statuses.has(429); round++) {
    const answers = Array.from({ length: 50 }, () => ask('/campaigns/7'))
    for (const { status } of await Promise.all(answers)) statuses.add(status)
  }

  expect([...statuses].sort()).toEqual([200, 429])
}

async function assertLeadsToTls(http: number): Promise<void> {
  const url = `http://127.0.0.1:${http}/campaigns/7`
  const { status, headers } = await fetch(url, { redirect: 'manual' })

  expect(status).toBe(308)
  expect(headers.get('location')).toMatch(/^https:\/\/127\.0\.0\.1.*\/campaigns\/7$/)
}

describe('the files of deploy/proxy', () => {
  it.each<ProxyName>(['nginx', 'Caddy', 'HAProxy'])(
    'let %s show banners over TLS and kept connections, and nothing else',
    async (name) => {
      await withServed(name, 'port', async (ask, { port, http }) => {
        await assertBanners(ask)
        await assertNoRepeats(ask)
        await assertClosed(ask)
        await assertKeptAlive(ask, port)
        // Caddy limits nobody by itself, and answers plain HTTP where it has the usual ports only.
        if (name === 'Caddy') return
        await assertLeadsToTls(http)
        await assertLimited(ask)
      })
    },
  )

  it.each<ProxyName>(['nginx', 'Caddy', 'HAProxy'])(
    'let %s ask a server at a socket',
    async (name) => {
      await withServed(name, 'socket', async (ask) => {
        await assertBanners(ask)
        await assertNoRepeats(ask)
        await assertClosed(ask)
      })
    },
  )
})
