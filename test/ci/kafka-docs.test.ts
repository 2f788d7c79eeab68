/** The producers of docs/kafka.md, run as they stand there against a broker. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { transform } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { receive } from '../../pipeline/live/receive/receive.ts'
import { createReceiveStatus } from '../../pipeline/live/receive/status.ts'
import { type Broker, createBroker } from '../../scripts/lib/kafka/broker.ts'
import { createTopics } from '../../scripts/lib/kafka/messages.ts'
import { withFolder } from '../helpers/folders.ts'
import { readReceived } from '../helpers/received.ts'

const DOCUMENT = await readFile(new URL('../../docs/kafka.md', import.meta.url), 'utf8')
const PATIENCE_MS = 120_000
const run = promisify(execFile)

/** A block of the document, with the broker's address put in. */
function readBlock(language: string, marker: string, { address }: Broker): string {
  const blocks = DOCUMENT.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))
  const found = [...blocks].map(([, block = '']) => block).find((block) => block.includes(marker))
  if (found === undefined) throw new Error(`docs/kafka.md has no ${marker}`)
  return found.replaceAll('localhost:9092', address)
}

/** Receives until so many lines are there. */
async function receiveLines(broker: Broker, input: string, lines: number): Promise<string[]> {
  const controller = new AbortController()
  const status = createReceiveStatus()
  const [host = '', port] = broker.address.split(':')
  const settings = {
    input,
    brokers: { bootstrap: [{ host, port: Number(port) }], tls: null, sasl: null },
    topics: (['impressions', 'clicks'] as const).map((table) => ({ table, name: table })),
    ...{ start: null, acceptGap: false },
  }
  const world = { stop: controller.signal, now: () => new Date(), note: () => undefined, status }
  const ended = receive(settings, world)
  const startMs = performance.now()
  while (status.lines < lines && performance.now() - startMs < PATIENCE_MS) {
    await Promise.race([ended, sleep(50)])
  }
  controller.abort()
  await ended
  expect(status.rejectedTotal).toBe(0)
  return (await readReceived(input)).lines
}

describe('docs/kafka.md', () => {
  it('shows producers in a shell, TypeScript and Python whose lines are received', async () => {
    await withFolder(async (folder) => {
      const broker = await createBroker(join(folder, 'broker'))
      try {
        await broker.start()
        await createTopics(broker, { partitions: 1 })
        await run('sh', ['-e', '-c', readBlock('sh', 'kcat', broker)])
        const { code } = await transform(readBlock('ts', 'Producer', broker), { loader: 'ts' })
        await run('node', ['--input-type=module', '-e', code])
        await run('python3', ['-c', readBlock('python', 'Producer', broker)])

        expect(await receiveLines(broker, join(folder, 'in'), 5)).toEqual([
          '0:0,501,30,7',
          '0:0:1,30,7',
          '0:0:2,31,7',
          '0:1,501,30,7',
          '0:2,501,30,7',
        ])
      } finally {
        await broker.kill()
      }
    })
  })
})
