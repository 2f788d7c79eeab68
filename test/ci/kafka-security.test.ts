/** A receiver, and a server that sends what it collects, that have to log in: TLS, SASL PLAIN and SCRAM. */
import { execFileSync } from 'node:child_process'
import { appendFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BrokerSettings } from '../../pipeline/base/kafka.ts'
import { receive } from '../../pipeline/live/receive/receive.ts'
import { createReceiveStatus } from '../../pipeline/live/receive/status.ts'
import { type Broker, createBroker } from '../../scripts/lib/kafka/broker.ts'
import { createTopics, sendOnce } from '../../scripts/lib/kafka/messages.ts'
import { freePort } from '../../scripts/lib/ports.ts'
import type { KafkaLogin } from '../../server/events/send/kafka-login.ts'
import { openKafkaProducer } from '../../server/events/send/kafka-producer.ts'
import { createFolder, removeFolder, withFolder } from '../helpers/folders.ts'
import { listEvents } from '../helpers/received.ts'

const LOGIN = 'org.apache.kafka.common.security'
let folder: string
let broker: Broker
let port: number
let ca: string

beforeAll(async () => {
  folder = await createFolder()
  port = await freePort()
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'],
      ...['-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', certificate],
    ],
    { stdio: 'ignore' },
  )
  ca = await readFile(certificate, 'utf8')
  await appendFile(key, ca)
  broker = await createBroker(
    join(folder, 'broker'),
    [
      'sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
      `listener.name.sasl_ssl.plain.sasl.jaas.config=${LOGIN}.plain.PlainLoginModule required user_pools="s e,c=r3t";`,
      `listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config=${LOGIN}.scram.ScramLoginModule required;`,
      `listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=${LOGIN}.scram.ScramLoginModule required;`,
      'ssl.keystore.type=PEM',
      `ssl.keystore.location=${key}`,
    ],
    { extra: { name: 'SASL_SSL', host: 'localhost', port } },
  )
  await broker.start()
  for (const mechanism of ['SCRAM-SHA-256', 'SCRAM-SHA-512']) {
    await broker.tool('kafka.admin.ConfigCommand', [
      ...['--bootstrap-server', broker.address, '--alter', '--entity-type', 'users'],
      ...['--entity-name', 'pools', '--add-config', `${mechanism}=[password=s3cret]`],
    ])
  }
  await createTopics(broker, { partitions: 1 })
  await sendOnce(broker, [{ topic: 'impressions', partition: 0, dataset: 1, value: '1,1' }])
})

afterAll(async () => {
  await broker.kill()
  await removeFolder(folder)
})

/** Receives one line, or fails. */
async function receiveLine(
  sasl: BrokerSettings['sasl'],
  { tls = { ca }, host = 'localhost' }: { tls?: BrokerSettings['tls']; host?: string } = {},
): Promise<string[]> {
  return withFolder(async (input) => {
    const controller = new AbortController()
    const status = createReceiveStatus()
    const ended = receive(
      {
        input,
        brokers: { bootstrap: [{ host, port }], tls, sasl },
        topics: [{ table: 'impressions', name: 'impressions' }],
        start: null,
        acceptGap: false,
      },
      { stop: controller.signal, now: () => new Date(), note: () => undefined, status },
    )
    const timer = setInterval(() => {
      if (status.lines > 0) controller.abort()
    }, 20)
    try {
      await ended
    } finally {
      clearInterval(timer)
    }
    return listEvents(input)
  })
}

describe('receive', () => {
  it.each([
    ['PLAIN', 's e,c=r3t'],
    ['SCRAM-SHA-256', 's3cret'],
    ['SCRAM-SHA-512', 's3cret'],
  ] as const)('logs in by %s over TLS', async (mechanism, password) => {
    expect(await receiveLine({ mechanism, username: 'pools', password })).toEqual(['0:0'])
  })

  it('ends in one line that says what is refused, without the password', async () => {
    const wrong = { username: 'pools', password: 'wr0ng' }

    for (const mechanism of ['PLAIN', 'SCRAM-SHA-512'] as const) {
      await expect(receiveLine({ mechanism, ...wrong })).rejects.toThrow(
        /^broker localhost:\d+: authentication failed, see --sasl$/,
      )
    }
    await expect(receiveLine({ mechanism: 'PLAIN', ...wrong }, { tls: {} })).rejects.toThrow(
      /^broker localhost:\d+: TLS: DEPTH_ZERO_SELF_SIGNED_CERT, see --tls-ca$/,
    )
    await expect(
      receiveLine({ mechanism: 'PLAIN', ...wrong }, { host: '127.0.0.1' }),
    ).rejects.toThrow(/^broker 127\.0\.0\.1:\d+: TLS: ERR_TLS_CERT_ALTNAME_INVALID, see --tls-ca$/)
  })
})

/** Sends one line as a server does that collects. */
async function sendLine(login: KafkaLogin, host = 'localhost'): Promise<void> {
  const producer = await openKafkaProducer({ brokers: [`${host}:${port}`], prefix: '' }, login)
  const line = { table: 'clicks', dataset: 1, writer: 'a', event: 'a:1', value: '7,1,1' } as const
  try {
    await producer.send([line])
  } finally {
    await producer.close()
  }
}

describe('openKafkaProducer', () => {
  it.each([
    ['PLAIN', 's e,c=r3t'],
    ['SCRAM-SHA-256', 's3cret'],
    ['SCRAM-SHA-512', 's3cret'],
  ] as const)('logs in by %s over TLS', async (mechanism, password) => {
    const sasl = { mechanism, username: 'pools', password }

    await expect(sendLine({ tls: { ca }, sasl })).resolves.toBeUndefined()
  })

  it('says in one line what is refused, without the password', async () => {
    const sasl = { mechanism: 'SCRAM-SHA-512', username: 'pools', password: 'wr0ng' } as const

    await expect(sendLine({ tls: { ca }, sasl })).rejects.toThrow(
      /^broker localhost:\d+: authentication failed, see --kafka-sasl$/,
    )
    await expect(sendLine({ tls: {}, sasl })).rejects.toThrow(
      /^broker localhost:\d+: TLS: DEPTH_ZERO_SELF_SIGNED_CERT, see --kafka-tls-ca$/,
    )
  })
})
