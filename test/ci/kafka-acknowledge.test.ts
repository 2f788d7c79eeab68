/** A server whose answers wait for Kafka: what was answered outlives its machine; brokers, server and folder go away. */
import { execFile } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it, vi } from 'vitest'
import { createTokenWriter } from '../../contract/token.ts'
import { createBroker, SHORT_SESSIONS } from '../../scripts/lib/kafka/broker.ts'
import { createTopics } from '../../scripts/lib/kafka/messages.ts'
import { rowsOf, writeBuild } from '../../scripts/lib/pool-files.ts'
import { freePort } from '../../scripts/lib/ports.ts'
import { BROWSER_AGENT } from '../../scripts/lib/visitors.ts'
import { readKeys } from '../../server/events/keys.ts'
import { createNumbering } from '../../server/events/run.ts'
import { withFolder, writeFiles } from '../helpers/folders.ts'
import { type ProgramProcess, spawnProgram } from '../helpers/program-process.ts'
import { readReceived } from '../helpers/received.ts'

const MINUTE = 60_000
const WAIT = { timeout: 3 * MINUTE, interval: 50 }
const TOKEN = 'token-of-the-shop-1'
const KEY = 'a key of the test that is long enough'
const [POOLS_FILE, SERVE_FILE, COMPILER] = ['bin/pools.mjs', 'bin/serve.mjs', 'scripts/compile.mjs']
const EVENTS = 20
const WAITING = 'banner_pools_events_acknowledgements_waiting 1'

/** Makes tokens as the server does, all of one dataset, whatever the time is. */
async function createSigning(): Promise<() => string> {
  const [key] = await readKeys({ text: KEY, file: undefined, folder: undefined })
  if (key === undefined) throw new Error('there is no key')
  const [write, number] = [createTokenWriter(key), createNumbering()]
  const decision = { campaignId: 12, bannerId: 1_201, buildId: 'abcdef012345', probability: 0.1 }
  return () => write({ dataset: 1, ...decision }, number(new Date()))
}

/** What visitors and an advertiser ask of a server. */
class Visitors {
  readonly #url: string

  constructor(url: string) {
    this.#url = url
  }

  see(token: string): Promise<Response> {
    return this.#ask(`/impressions/${token}`, { method: 'POST' })
  }

  /** @returns The click id that the target gets. */
  async click(token: string): Promise<string | null> {
    const { status, headers } = await this.#ask(`/clicks/${token}`, { redirect: 'manual' })
    expect(status).toBe(302)
    return new URL(headers.get('location') ?? '').searchParams.get('click_id')
  }

  convert(clickIds: readonly (string | null)[]): Promise<Response> {
    const body = clickIds.map((click_id, nth) => ({ conversion_id: nth + 1, click_id, revenue: 1 }))
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' }
    return this.#ask('/conversions', { method: 'POST', headers, body: JSON.stringify(body) })
  }

  #ask(path: string, init: RequestInit): Promise<Response> {
    const headers = { 'user-agent': BROWSER_AGENT, ...init.headers }
    return fetch(this.#url + path, { ...init, headers })
  }
}

/** Events of the impressions that were received, and how many conversions were. */
async function count(input: string) {
  const rows = (await readReceived(input)).lines.map((line) => line.split(','))
  const impressions = rows.filter(({ length }) => length === 3).map(([event]) => event)
  const conversions = rows.filter(([, , clickId]) => Number(clickId) >= 2 ** 52)
  return { impressions: [...impressions].sort(), conversions: conversions.length }
}

describe('serve --collect-ack kafka', { retry: 0 }, () => {
  it('answers what outlives its machine, 503 while brokers are away, and clicks at any time', {
    timeout: 10 * MINUTE,
  }, async () => {
    await withFolder(async (folder) => {
      const [artifacts, input, events] = ['artifacts', 'in', 'events'].map((name) =>
        join(folder, name),
      ) as [string, string, string]
      await writeFiles(artifacts, { 'README.md': '' })
      await writeBuild(artifacts, rowsOf({ 12: [1_201] }))
      await writeFile(join(folder, 'tokens'), `shop ${TOKEN}\n`)
      await promisify(execFile)('node', [COMPILER])
      const sign = await createSigning()
      const broker = await createBroker(join(folder, 'broker'), SHORT_SESSIONS)
      const [port, ops] = [await freePort(), await freePort()]
      const visitors = new Visitors(`http://127.0.0.1:${port}`)
      const running: ProgramProcess[] = []
      const start = async (words: readonly string[], sign: string) => {
        const program = spawnProgram(words, { BANNER_POOLS_EVENT_KEY: KEY })
        running.push(program)
        await program.waitFor(sign)
        return program
      }
      const words = [
        ...[SERVE_FILE, '--artifacts', artifacts, '--port', String(port), '--ops-port'],
        ...[String(ops), '--workers', '2', '--click-url', 'https://shop.example/'],
        ...['--collect', events, '--collect-to', `kafka://${broker.address}/shop.`],
        ...['--collect-ack', 'kafka', '--conversion-tokens', join(folder, 'tokens')],
      ]
      const serve = () => start(words, 'listening')
      const isWaiting = async () => {
        const text = await (await fetch(`http://127.0.0.1:${ops}/metrics`)).text()
        expect(text).toContain(WAITING)
      }
      try {
        await broker.start()
        const topics = ['impressions', 'clicks', 'conversions'].map((table) => `shop.${table}`)
        await createTopics(broker, { topics, partitions: 2 })
        const receiving = [POOLS_FILE, 'receive', '--input', input, '--ops-port', 'off']
        const address = ['--kafka', broker.address, '--topic-prefix', 'shop.']
        const receiver = await start([...receiving, ...address], 'receiving into')

        // A machine that is lost with its disk, as soon as the last answer has come.
        const first = await serve()
        const tokens = Array.from({ length: EVENTS }, sign)
        const clickIds = await Promise.all(tokens.map((token) => visitors.click(token)))
        const seen = await Promise.all(tokens.map((token) => visitors.see(token)))
        const converted = await visitors.convert(clickIds)
        await first.kill()
        await rm(events, { recursive: true })
        expect(new Set(seen.map(({ status }) => status))).toEqual(new Set([204]))
        expect(converted.status).toBe(200)
        await vi.waitFor(async () => {
          const { impressions, conversions } = await count(input)
          expect([impressions.length, conversions]).toEqual([EVENTS, EVENTS])
        }, WAIT)

        // Its folder is lost, so it gives the same click ids again.
        const second = await serve()
        expect(await visitors.click(sign())).toBe(
          clickIds.find((id) => id?.startsWith(`${2 ** 52}.`)),
        )
        await receiver.waitFor('two machines give the same click ids')

        await broker.kill()
        const late = sign()
        const [refused, clickId] = await Promise.all([visitors.see(late), visitors.click(sign())])
        expect(clickId).not.toBeNull()
        expect(refused.status).toBe(503)
        expect(await refused.text()).toContain('is kept, and Kafka has not acknowledged it yet')
        await second.kill()

        const third = await serve()
        const again = visitors.see(late)
        await vi.waitFor(isWaiting, WAIT)
        const stopped = third.stop()
        expect((await again).status).toBe(503)
        expect(await stopped).toBe(0)

        await broker.start()
        const fourth = await serve()
        await vi.waitFor(async () => expect((await visitors.see(late)).status).toBe(204), WAIT)
        await vi.waitFor(async () => {
          expect((await count(input)).impressions).toHaveLength(EVENTS + 1)
        }, WAIT)
        expect(await fourth.stop()).toBe(0)
        expect(await receiver.stop()).toBe(0)
        const { impressions } = await count(input)
        expect(new Set(impressions).size).toBe(EVENTS + 1)
        expect(impressions).toHaveLength(EVENTS + 1)
      } finally {
        for (const program of running) await program.kill()
        await broker.kill()
      }
    })
  })
})
