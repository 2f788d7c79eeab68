import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readKafkaLogin } from '../../../../server/events/send/kafka-login.ts'
import { readSettings } from '../../../../server/settings.ts'
import { withFolder, writeFiles } from '../../../helpers/folders.ts'

function read(flags: Readonly<Record<string, string>>, env: Record<string, string> = {}) {
  return readKafkaLogin(readSettings(flags, env), env)
}

describe('readKafkaLogin', () => {
  it('connects in the open, and logs in as nobody, where nothing else is said', async () => {
    expect(await read({})).toEqual({ tls: null, sasl: null })
  })

  it('reads certificates from files, and secrets from the variables of a receiver', async () => {
    await withFolder(async (folder) => {
      await writeFiles(folder, { ca: 'A', cert: 'B', key: 'C' })
      const env = {
        BANNER_POOLS_KAFKA_TLS: 'true',
        BANNER_POOLS_KAFKA_USER: 'pools',
        BANNER_POOLS_KAFKA_PASSWORD: 's3cret',
        BANNER_POOLS_KAFKA_KEY_PASSPHRASE: 'phrase',
      }
      const files = ['ca', 'cert', 'key'].map((name) => [`kafka-tls-${name}`, join(folder, name)])
      const flags = { ...Object.fromEntries(files), 'kafka-sasl': 'SCRAM-SHA-512' }

      expect(await read(flags, env)).toEqual({
        tls: { ca: 'A', cert: 'B', key: 'C', passphrase: 'phrase' },
        sasl: { mechanism: 'SCRAM-SHA-512', username: 'pools', password: 's3cret' },
      })
    })
  })

  it('reads the password from a file, without its line end', async () => {
    await withFolder(async (folder) => {
      await writeFiles(folder, { password: ' s3 cret \r\n' })
      const file = join(folder, 'password')
      const flags = { 'kafka-sasl': 'PLAIN', 'kafka-user': 'pools', 'kafka-password-file': file }

      expect((await read(flags)).sasl?.password).toBe(' s3 cret ')
    })
  })

  it.each([
    [{ 'kafka-tls-ca': 'x' }, '--kafka-tls-ca, -cert and -key need --kafka-tls'],
    [{ 'kafka-tls': 'true', 'kafka-tls-ca': 'missing.pem' }, 'see --kafka-tls-ca: ENOENT'],
    [{ 'kafka-tls': 'true', 'kafka-tls-key': 'x' }, 'need each other'],
    [{ 'kafka-sasl': 'PLAIN' }, '--kafka-sasl needs --kafka-user'],
    [
      { 'kafka-sasl': 'PLAIN', 'kafka-user': 'pools' },
      '--kafka-sasl needs BANNER_POOLS_KAFKA_PASSWORD or --kafka-password-file',
    ],
  ])('refuses %j', async (flags, message) => {
    await expect(read(flags as Record<string, string>)).rejects.toThrow(message)
  })
})
