import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  checkKafkaFlags,
  type KafkaFlags,
  readKafkaFlags,
} from '../../pipeline/commands/kafka-flags.ts'
import { withFolder, writeFiles } from '../helpers/folders.ts'

const NONE: KafkaFlags = {
  ...{ kafka: 'a:9092', topicPrefix: '', topic: [], offsets: undefined, acceptGap: false },
  ...{ tls: false, tlsCa: undefined, tlsCert: undefined, tlsKey: undefined },
  ...{ sasl: undefined, saslUser: undefined, saslPasswordFile: undefined },
}

describe('checkKafkaFlags', () => {
  it.each<[Partial<KafkaFlags>, string]>([
    [{ kafka: 'a:99999' }, '--kafka must be HOST:PORT,…'],
    [{ kafka: 'a:9092,' }, '--kafka must be HOST:PORT,…'],
    [{ topic: ['view=x'] }, '--topic must be TABLE=NAME'],
    [{ sasl: 'GSSAPI' }, '--sasl must be PLAIN, SCRAM-SHA-256, SCRAM-SHA-512'],
    [{ tls: true, tlsCert: 'c.pem' }, '--tls-cert must be given with --tls-key'],
    [{ tlsCa: 'ca.pem' }, '--tls must be given with --tls-ca and --tls-cert'],
  ])('refuses %j', (flags, line) => {
    expect(() => checkKafkaFlags({ ...NONE, ...flags })).toThrow(line)
  })
})

describe('readKafkaFlags', () => {
  const read = (flags: Partial<KafkaFlags>, environment = {}) =>
    readKafkaFlags({ ...NONE, ...flags, input: 'in' }, environment)

  it('reads brokers, topics by prefix, and topics by name', async () => {
    expect(await read({ kafka: 'a,b:1, [::1]:2', topicPrefix: 'shop.' })).toMatchObject({
      brokers: {
        bootstrap: [
          { host: 'a', port: 9092 },
          { host: 'b', port: 1 },
          { host: '::1', port: 2 },
        ],
      },
      topics: [
        { table: 'impressions', name: 'shop.impressions' },
        { table: 'clicks', name: 'shop.clicks' },
        { table: 'conversions', name: 'shop.conversions' },
      ],
    })
    expect(await read({ topic: ['clicks=a.b', 'clicks=c'] })).toMatchObject({
      topics: [
        { table: 'clicks', name: 'a.b' },
        { table: 'clicks', name: 'c' },
      ],
    })
  })

  it('takes secrets from the environment or from files', async () => {
    await withFolder(async (folder) => {
      await writeFiles(folder, { password: 's3cret\n', 'offsets.json': '{"clicks":{"0":17}}' })
      const sasl = 'PLAIN'
      const variables = { BANNER_POOLS_KAFKA_USER: 'u', BANNER_POOLS_KAFKA_PASSWORD: 'p' }

      expect((await read({ sasl }, variables))?.brokers.sasl).toEqual({
        ...{ mechanism: 'PLAIN', username: 'u', password: 'p' },
      })
      const file = { sasl, saslUser: 'me', saslPasswordFile: join(folder, 'password') }
      expect((await read(file))?.brokers.sasl).toMatchObject({ username: 'me', password: 's3cret' })
      expect((await read({ offsets: join(folder, 'offsets.json') }))?.start).toEqual({
        clicks: { '0': 17 },
      })
    })
  })

  it('says which secret or file is missing', async () => {
    await expect(read({ sasl: 'PLAIN' })).rejects.toThrow(
      '--sasl needs --sasl-user or BANNER_POOLS_KAFKA_USER',
    )
    await expect(read({ sasl: 'PLAIN', saslUser: 'u' })).rejects.toThrow(
      '--sasl needs BANNER_POOLS_KAFKA_PASSWORD or --sasl-password-file',
    )
    await expect(read({ offsets: '/nowhere' })).rejects.toThrow(
      'ENOENT: file cannot be read, see --offsets: /nowhere',
    )
  })
})
