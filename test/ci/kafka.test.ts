/** A receiver beside a real broker. */
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readManifest } from '../../contract/read.ts'
import { formatReceiveMetrics } from '../../pipeline/live/receive/metrics.ts'
import { receive } from '../../pipeline/live/receive/receive.ts'
import type { ReceiveSettings } from '../../pipeline/live/receive/settings.ts'
import { createReceiveStatus } from '../../pipeline/live/receive/status.ts'
import { type Broker, createBroker } from '../../scripts/lib/kafka/broker.ts'
import {
  createTopics,
  deleteTopics,
  openProducer,
  sendOnce,
  type TestMessage,
} from '../../scripts/lib/kafka/messages.ts'
import { runPools } from '../helpers/cli.ts'
import { createFolder, removeFolder, withFolder } from '../helpers/folders.ts'
import { sendTransaction, sendTwice } from '../helpers/kafka-transactions.ts'
import { listEvents, readReceived } from '../helpers/received.ts'

const TABLES = ['impressions', 'clicks', 'conversions'] as const
const PATIENCE_MS = 120_000
/** Of one try. */
const TRY_MS = 15_000
/** A broker that is gone is missed after 4 seconds, not 9. */
const SESSIONS = ['broker.session.timeout.ms=4000', 'broker.heartbeat.interval.ms=500']

let folder: string
let broker: Broker

beforeAll(async () => {
  folder = await createFolder()
  broker = await createBroker(join(folder, 'broker'), [
    'log.retention.check.interval.ms=500',
    'log.segment.delete.delay.ms=0',
    'transaction.partition.verification.enable=false',
    ...SESSIONS,
  ])
  await broker.start()
})

afterAll(async () => {
  await broker.kill()
  await removeFolder(folder)
})

/** Settings for topics with a prefix of their own. */
function settingsOf(input: string, prefix: string, more: Partial<ReceiveSettings> = {}) {
  const [host = '', port] = broker.address.split(':')
  return {
    input,
    brokers: { bootstrap: [{ host, port: Number(port) }], tls: null, sasl: null },
    topics: TABLES.map((table) => ({ table, name: `${prefix}${table}` })),
    start: null,
    acceptGap: false,
    ...more,
  }
}

/** Starts a receiver, and stops it when `fn` is done. */
async function withReceiver<T>(
  settings: ReceiveSettings,
  fn: (receiver: {
    readonly notes: readonly string[]
    readonly metrics: () => string
    readonly ended: Promise<void>
    readonly waitFor: (isThere: () => Promise<boolean> | boolean) => Promise<void>
  }) => Promise<T>,
  now = () => new Date(),
): Promise<T> {
  const controller = new AbortController()
  const notes: string[] = []
  const status = createReceiveStatus()
  const ended = receive(settings, {
    ...{ stop: controller.signal, now, status },
    note: (line) => notes.push(line),
  })
  let failure: unknown = null
  ended.catch((error) => {
    failure = error
  })
  const waitFor = async (isThere: () => Promise<boolean> | boolean) => {
    const startMs = performance.now()
    while (!(await isThere())) {
      if (failure !== null) throw failure
      if (performance.now() - startMs > PATIENCE_MS) throw new Error(`waited: ${notes.join('; ')}`)
      await sleep(20)
    }
  }
  try {
    return await fn({ notes, ended, waitFor, metrics: () => formatReceiveMetrics(status, now()) })
  } finally {
    controller.abort()
    await ended.catch(() => undefined)
  }
}

/** Receives until so many lines are there. */
async function receiveLines(settings: ReceiveSettings, lines: number): Promise<string[]> {
  await withReceiver(settings, ({ waitFor }) =>
    waitFor(async () => (await listEvents(settings.input)).length >= lines),
  )
  return listEvents(settings.input)
}

function impressions(prefix: string, values: readonly string[]): TestMessage[] {
  return values.map((value) => ({
    ...{ topic: `${prefix}impressions`, partition: 0 },
    dataset: 1,
    value,
  }))
}

/** A new buffer each time: the key of a header. */
function datasetName(): Buffer {
  return Buffer.from('dataset')
}

/** Topics of a try of their own. */
function freshPrefix(name: string): string {
  return `${name}-${randomUUID()}.`
}

describe('receive', () => {
  it('unpacks what each codec packs, by the Java client and by another', async () => {
    await withFolder(async (input) => {
      const prefix = freshPrefix('codecs')
      const topic = `${prefix}impressions`
      await createTopics(broker, { topics: TABLES.map((table) => prefix + table), partitions: 1 })
      const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
      await Promise.all(
        codecs.map((codec, nth) => {
          const lines = Array.from({ length: 50 }, (_, n) => `dataset:1\t${n + 1},${nth + 1}\n`)
          const words = ['--bootstrap-server', broker.address, '--topic', topic]
          const packed = ['--compression-codec', codec, '--property', 'parse.headers=true']
          return broker.tool('ConsoleProducer', [...words, ...packed], lines.join(''))
        }),
      )
      for (const codec of ['gzip', 'snappy', 'lz4'] as const) {
        await sendOnce(broker, impressions(prefix, Array(50).fill('9,9')), codec)
      }
      await receiveLines(settingsOf(input, prefix), 400)
      const { lines } = await readReceived(input)
      const byCampaign = new Map<string, number>()
      for (const line of lines) {
        const campaign = line.split(',')[2] ?? ''
        byCampaign.set(campaign, (byCampaign.get(campaign) ?? 0) + 1)
      }

      expect([...byCampaign].sort()).toEqual([
        ...[1, 2, 3, 4, 5].map((campaign) => [String(campaign), 50]),
        ['9', 150],
      ])
    })
  })

  it('reads committed transactions, and no others, once', async () => {
    await withFolder(async (input) => {
      const prefix = freshPrefix('transactions')
      await createTopics(broker, { topics: TABLES.map((table) => prefix + table), partitions: 1 })
      await sendOnce(broker, impressions(prefix, ['1,1']))
      await sendTransaction(broker, impressions(prefix, ['2,2', '3,2']), 'commit')
      await sendTransaction(broker, impressions(prefix, ['4,3', '5,3']), 'abort')
      await sendOnce(broker, impressions(prefix, ['6,4']))
      await sendTransaction(broker, impressions(prefix, ['7,5']), null)
      await sendOnce(broker, impressions(prefix, ['8,6']))

      await withReceiver(settingsOf(input, prefix), async ({ waitFor, metrics }) => {
        // The open transaction and what stands behind it wait.
        const place = `{topic="${prefix}impressions",partition="0"}`
        await waitFor(() => metrics().includes(`lag${place} 0\n`))
        // Behind it stand two messages, and as many marks of the transactions before as came late.
        const behind = () => Number(metrics().split(`lag_to_end${place} `)[1]?.split('\n')[0])
        await waitFor(() => behind() >= 2)
      })

      // Where the marks at the ends of transactions stand is up to the broker.
      const { lines } = await readReceived(input)
      expect(lines.map((line) => line.replace(/^[^,]*,/, ''))).toEqual(['1,1', '2,2', '3,2', '6,4'])
    })
  })

  it('leaves out what is sent again with its event, over a restart', async () => {
    await withFolder(async (input) => {
      const prefix = freshPrefix('events')
      await createTopics(broker, { topics: TABLES.map((table) => prefix + table), partitions: 2 })
      const shown = (event: string, partition: number): TestMessage => ({
        ...{ topic: `${prefix}impressions`, partition, dataset: 1, event, value: '30,7' },
      })
      await sendOnce(broker, [shown('r1:1', 0), shown('r1:2', 0), shown('r1:1', 0)])
      expect(await receiveLines(settingsOf(input, prefix), 2)).toEqual(['r1:1', 'r1:2'])
      await sendOnce(broker, [shown('r1:2', 1), shown('r1:3', 0), shown('r1:1', 0)])
      await withReceiver(settingsOf(input, prefix), ({ waitFor, metrics }) =>
        waitFor(() => metrics().includes('banner_pools_receive_repeats_total 2\n')),
      )

      expect(await listEvents(input)).toEqual(['r1:1', 'r1:2', 'r1:3'])
    })
  })

  it('reads a batch once that a producer sent again', async () => {
    await withFolder(async (input) => {
      const prefix = freshPrefix('retries')
      await createTopics(broker, { topics: TABLES.map((table) => prefix + table), partitions: 1 })
      await sendTwice(broker, impressions(prefix, ['1,1', '2,1']))
      await sendOnce(broker, impressions(prefix, ['3,1']))
      await receiveLines(settingsOf(input, prefix), 3)

      expect((await readReceived(input)).lines).toEqual(['0:0,1,1', '0:1,2,1', '0:2,3,1'])
    })
  })

  it('names files by a clock that is wrong, and nothing else', async () => {
    await withFolder(async (input) => {
      const prefix = freshPrefix('clock')
      await createTopics(broker, { topics: TABLES.map((table) => prefix + table), partitions: 1 })
      for (const day of ['2041-01-01', '1999-12-31', '2026-11-30']) {
        await sendOnce(broker, impressions(prefix, ['1,1']))
        const lines = (await listEvents(input)).length
        const now = () => new Date(`${day}T12:00:00Z`)
        await withReceiver(
          settingsOf(input, prefix),
          ({ waitFor }) => waitFor(async () => (await listEvents(input)).length === lines + 1),
          now,
        )
      }

      expect(await listEvents(input)).toEqual(['0:0', '0:1', '0:2'])
      const days = (await readdir(join(input, '1'))).map((name) => name.split('_')[1])
      expect(days.sort()).toEqual(['1999-12-31', '2026-11-30', '2041-01-01'])
    })
  })

  it('writes down what is no line, with its place, its reason and its text', async () => {
    await withFolder(async (input) => {
      const prefix = freshPrefix('rejects')
      const topic = `${prefix}clicks`
      await createTopics(broker, { topics: TABLES.map((table) => prefix + table), partitions: 1 })
      const hundred = Array.from({ length: 100 }, (_, nth) => `${nth + 1},30,7`)
      hundred[41] = '42,x,7'
      const faults: [value: string | Buffer, datasets: string[], told: object][] = [
        [Buffer.from('1,30,\xff', 'latin1'), ['1'], { reason: 'not_utf8', text: '1,30,\ufffd' }],
        ['', ['1'], { reason: 'empty_line', text: '' }],
        ['1,30,\0', ['1'], { reason: 'nul_byte' }],
        ['x'.repeat(10_000_000), ['1'], { reason: 'too_long', bytes: 10_000_000 }],
        [hundred.join('\n'), ['1'], { reason: 'not_an_id', line: 42, text: '42,x,7' }],
        ['1,30,7\n2,30,7', [], { reason: 'no_dataset', lines: 2, line: null }],
        ['1,30,7', ['1', '2'], { reason: 'two_datasets', text: '1,30,7' }],
        ['1,3O,7', ['1'], { reason: 'not_an_id', text: '1,3O,7' }],
      ]
      const producer = openProducer(broker)
      for (const [value, datasets] of faults) {
        // A map of buffers holds a name twice.
        const headers = new Map(datasets.map((dataset) => [datasetName(), Buffer.from(dataset)]))
        await producer.send({
          acks: -1,
          messages: [{ topic, partition: 0, headers, value: Buffer.from(value) }],
        })
      }
      await producer.close()
      await withReceiver(settingsOf(input, prefix), ({ waitFor, metrics }) =>
        waitFor(() => metrics().includes('banner_pools_receive_rejected_total 9\n')),
      )

      const [file = ''] = (await readdir(join(input, '.receive'))).filter((name) =>
        name.startsWith('rejects-'),
      )
      const text = await readFile(join(input, '.receive', file), 'utf8')
      const told = text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
      const byOffset = told.sort((a, b) => a.offset - b.offset)
      expect(byOffset).toEqual(
        faults.map(([, , own], offset) => expect.objectContaining({ topic, offset, ...own })),
      )
      expect((await readReceived(input)).lines).toHaveLength(99)
      expect((await readReceived(input)).warnings).toEqual([
        expect.stringMatching(/^9 lines from Kafka did not come in, the latest are in \.receive/),
      ])
    })
  })

  it('refuses a topic that is compacted', async () => {
    await withFolder(async (input) => {
      const prefix = freshPrefix('compacted')
      const topics = TABLES.map((table) => prefix + table)
      await createTopics(broker, { topics, partitions: 1, policy: 'compact' })
      await withReceiver(settingsOf(input, prefix), ({ ended }) =>
        expect(ended).rejects.toThrow(
          `topic ${prefix}impressions has cleanup.policy=compact, which removes lines that were not read: set it to delete`,
        ),
      )
    })
  })

  it('reads partitions that are added from their start', async () => {
    await withFolder(async (input) => {
      const prefix = freshPrefix('added')
      await createTopics(broker, { topics: TABLES.map((table) => prefix + table), partitions: 1 })
      await withReceiver(settingsOf(input, prefix), async ({ waitFor }) => {
        await sendOnce(broker, impressions(prefix, ['1,1']))
        await waitFor(async () => (await listEvents(input)).length === 1)
        const words = ['--bootstrap-server', broker.address, '--alter']
        await broker.tool('TopicCommand', [
          ...words,
          '--topic',
          `${prefix}impressions`,
          '--partitions',
          '3',
        ])
        const message = {
          ...{ topic: `${prefix}impressions`, partition: 2 },
          dataset: 1,
          value: '2,2',
        } as const
        await sendOnce(broker, [message])
        await waitFor(async () => (await listEvents(input)).length === 2)
      })

      expect(await listEvents(input)).toEqual(['0:0', '2:0'])
    })
  })

  it('ends in one line where retention was faster, and records what is accepted', async () => {
    await withFolder(async (input) => {
      const prefix = freshPrefix('gap')
      const topic = `${prefix}impressions`
      await createTopics(broker, { topics: TABLES.map((table) => prefix + table), partitions: 1 })
      await sendOnce(broker, impressions(prefix, ['1,1', '2,1']))
      await receiveLines(settingsOf(input, prefix), 2)
      await sendOnce(broker, impressions(prefix, ['3,1', '4,1', '5,1']))
      const offsets = JSON.stringify({
        partitions: [{ topic, partition: 0, offset: 4 }],
        version: 1,
      })
      await broker.tool('DeleteRecordsCommand', [
        ...['--bootstrap-server', broker.address],
        ...['--offset-json-file', await writeText(input, offsets)],
      ])
      const text = `topic ${topic}, partition 0: offsets 2 to 3 were removed before they were read, 2 messages at most`
      await withReceiver(settingsOf(input, prefix), ({ ended }) =>
        expect(ended).rejects.toThrow(`${text}; --accept-gap records it and goes on at offset 4`),
      )
      const accepting = settingsOf(input, prefix, { acceptGap: true })

      expect(await receiveLines(accepting, 3)).toEqual(['0:0', '0:1', '0:4'])
      const { warnings } = await readReceived(input)
      expect(warnings).toEqual([expect.stringMatching(`^${text} \\(accepted `)])
      const out = join(folder, prefix)
      const built = await runPools('build', '--input', input, '--out', out, '--allow-missing')
      expect(built).toMatchObject({ code: 0 })
      expect((await readManifest(join(out, 'current'))).warnings).toEqual(
        expect.arrayContaining([...warnings]),
      )
    })
  })

  it('knows a topic that was made anew', async () => {
    await withFolder(async (input) => {
      const prefix = freshPrefix('anew')
      const topic = `${prefix}impressions`
      await createTopics(broker, { topics: TABLES.map((table) => prefix + table), partitions: 1 })
      await sendOnce(broker, impressions(prefix, ['1,1', '2,1']))
      await withReceiver(settingsOf(input, prefix), async ({ waitFor, ended }) => {
        await waitFor(async () => (await listEvents(input)).length === 2)
        await deleteTopics(broker, [topic])
        await createTopics(broker, { topics: [topic], partitions: 1 })
        await sendOnce(broker, impressions(prefix, ['3,1', '4,1', '5,1']))
        await expect(ended).rejects.toThrow(
          /^topic anew-[-\w]+\.impressions was deleted and made anew \(its id .{22} is now .{22}\): what was not read of it is lost; --accept-gap records it and reads the new one from its beginning$/,
        )
      })

      const accepting = settingsOf(input, prefix, { acceptGap: true })
      expect(await receiveLines(accepting, 5)).toEqual(['0:0', '0:0', '0:1', '0:1', '0:2'])
    })
  })

  it('begins at offsets from a file, and waits for brokers that are away', async () => {
    await withFolder(async (input) => {
      const prefix = freshPrefix('start')
      await createTopics(broker, { topics: TABLES.map((table) => prefix + table), partitions: 1 })
      await sendOnce(broker, impressions(prefix, ['1,1', '2,1', '3,1']))
      const start = { [`${prefix}impressions`]: { '0': 2 } }
      await broker.kill()
      await withReceiver(
        settingsOf(input, prefix, { start }),
        async ({ waitFor, notes, metrics }) => {
          await waitFor(() => notes.some((note) => note.startsWith('waiting for Kafka: broker ')))
          expect(metrics()).toContain('banner_pools_receive_away 1\n')
          await broker.start()
          await waitFor(async () => (await listEvents(input)).length === 1)
          expect(notes).toContain('Kafka answers again')
        },
      )

      expect(await listEvents(input)).toEqual(['0:2'])
    })
  })

  it('goes on when a leader is gone, and another has moved up', async () => {
    const second = await createBroker(join(folder, 'second'), SESSIONS, { first: broker })
    await second.start()
    try {
      await withFolder(async (input) => {
        const prefix = freshPrefix('moved')
        const topics = TABLES.map((table) => prefix + table)
        // Until the first broker knows of the second.
        await patiently(() => createTopics(broker, { topics, partitions: 2, replicas: 2 }))
        const both = ([0, 1] as const).flatMap((partition) =>
          impressions(prefix, ['1,1', '2,1']).map((message) => ({ ...message, partition })),
        )
        const offsetsOf = async (partition: number) => {
          const own = (await listEvents(input)).map((event) => event.split(':').map(Number))
          return own.filter(([of]) => of === partition).map(([, offset = 0]) => offset)
        }
        await patiently(() => sendOnce(broker, both))
        await withReceiver(settingsOf(input, prefix), async ({ waitFor, notes }) => {
          await waitFor(async () => (await listEvents(input)).length >= 4)
          const before = [(await offsetsOf(0)).length, (await offsetsOf(1)).length]
          await second.kill()
          for (const message of both) await patiently(() => sendOnce(broker, [message]))
          for (const partition of [0, 1]) {
            const least = (before[partition] ?? 0) + 2
            await waitFor(async () => (await offsetsOf(partition)).length >= least)
          }
          // The broker that is left was read all the time.
          expect(notes.filter((note) => note.startsWith('waiting'))).toEqual([])
        })

        // One whose answer was lost was sent again, so there may be more than two.
        for (const partition of [0, 1]) {
          const offsets = (await offsetsOf(partition)).sort((a, b) => a - b)
          expect(offsets).toEqual(offsets.map((_, nth) => nth))
        }
      })
    } finally {
      await second.kill()
    }
  })

  it.runIf(process.getuid?.() === 0)(
    'waits for room on a full disk, and loses nothing',
    async () => {
      await withFolder(async (input) => {
        const prefix = freshPrefix('full')
        await createTopics(broker, { topics: TABLES.map((table) => prefix + table), partitions: 1 })
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', input])
        try {
          await withReceiver(settingsOf(input, prefix), async ({ waitFor, notes, metrics }) => {
            await sendOnce(
              broker,
              impressions(prefix, Array(500).fill(Array(200).fill('1,1').join('\n'))),
            )
            await waitFor(() =>
              notes.some((note) =>
                note.startsWith('nothing is written: disk full, free some space'),
              ),
            )
            expect(metrics()).toContain('banner_pools_receive_disk_full 1\n')
            execFileSync('mount', ['-o', 'remount,size=50m', input])
            await waitFor(async () => (await listEvents(input)).length >= 100_000)
          })

          expect(new Set(await listEvents(input)).size).toBe(100_000)
          expect((await listEvents(input)).length).toBe(100_000)
        } finally {
          execFileSync('umount', [input])
        }
      })
    },
  )

  it.each<[string, (settings: ReceiveSettings) => ReceiveSettings, RegExp]>([
    [
      'a topic is missing',
      (settings) => ({ ...settings, topics: [{ table: 'clicks', name: 'nowhere' }] }),
      /^topic nowhere is not there, make it or see --topic-prefix and --topic$/,
    ],
    [
      'the broker speaks no TLS',
      (settings) => ({ ...settings, brokers: { ...settings.brokers, tls: {} } }),
      /^broker 127\.0\.0\.1:\d+: /,
    ],
  ])('ends in one line when %s', async (name, change, line) => {
    await withFolder(async (input) => {
      await withReceiver(change(settingsOf(input, 'none.')), async ({ ended, notes, waitFor }) => {
        if (name.includes('TLS'))
          await waitFor(() =>
            notes.some((note) => line.test(note.replace(/^waiting for Kafka: /, ''))),
          )
        else await expect(ended).rejects.toThrow(line)
      })
    })
  })
})

/** Tries until the brokers have sorted themselves out. */
/** Tries again what fails, or does not end: the client may wait for ever for a broker that is gone. */
async function patiently(fn: () => Promise<void>): Promise<void> {
  const startMs = performance.now()
  for (;;) {
    const tooLong = sleep(TRY_MS, undefined, { ref: false }).then(() => new Error('no answer'))
    const tried = fn().then(
      () => null,
      (error: Error) => error,
    )
    const failure = await Promise.race([tried, tooLong])
    if (failure === null) return
    if (performance.now() - startMs > PATIENCE_MS) throw failure
    await sleep(200)
  }
}

async function writeText(near: string, text: string): Promise<string> {
  const path = join(near, '.offsets.json')
  await writeFile(path, text)
  return path
}
