/** How the brokers of Kafka know who sends. The secrets are those of a receiver; none is a flag. */
import { readFile } from 'node:fs/promises'
import { type Settings, SettingsError } from '../../settings.ts'

/** How connections are made. */
export interface KafkaLogin {
  /** Null = without TLS. PEM texts; without `ca` the authorities that Node.js knows. */
  readonly tls: Readonly<Partial<Record<'ca' | 'cert' | 'key' | 'passphrase', string>>> | null
  /** Null = nobody in particular. */
  readonly sasl: {
    readonly mechanism: NonNullable<Settings['kafkaSasl']>
    readonly username: string
    readonly password: string
  } | null
}

type Environment = Readonly<Record<string, string | undefined>>

const PASSWORD = 'BANNER_POOLS_KAFKA_PASSWORD'
const PASSPHRASE = 'BANNER_POOLS_KAFKA_KEY_PASSPHRASE'

/**
 * Reads files and secrets: again for each connection, so that new ones need no start.
 *
 * @throws {SettingsError} If a file cannot be read, or something is missing.
 */
export async function readKafkaLogin(settings: Settings, env: Environment): Promise<KafkaLogin> {
  const { kafkaTls, kafkaTlsCa, kafkaTlsCert, kafkaTlsKey } = settings
  const files = { ca: kafkaTlsCa, cert: kafkaTlsCert, key: kafkaTlsKey }
  const isNamed = Object.values(files).some((path) => path !== undefined)
  if (isNamed && !kafkaTls)
    throw new SettingsError('--kafka-tls-ca, -cert and -key need --kafka-tls')
  if ((kafkaTlsCert === undefined) !== (kafkaTlsKey === undefined)) {
    throw new SettingsError('--kafka-tls-cert and --kafka-tls-key need each other')
  }
  const sasl = await readSasl(settings, env)
  if (!kafkaTls) return { tls: null, sasl }
  const texts: { [Name in keyof typeof files]?: string } = {}
  for (const name of ['ca', 'cert', 'key'] as const) {
    const path = files[name]
    if (path !== undefined) texts[name] = await readText(path, `kafka-tls-${name}`)
  }
  const passphrase = env[PASSPHRASE]
  return { tls: passphrase === undefined ? texts : { ...texts, passphrase }, sasl }
}

async function readSasl(
  { kafkaSasl: mechanism, kafkaUser: username, kafkaPasswordFile: file }: Settings,
  env: Environment,
): Promise<KafkaLogin['sasl']> {
  if (mechanism === undefined) return null
  if (username === undefined) throw new SettingsError('--kafka-sasl needs --kafka-user')
  const password =
    file === undefined
      ? env[PASSWORD]
      : (await readText(file, 'kafka-password-file')).replace(/\r?\n$/, '')
  if (password === undefined) {
    throw new SettingsError(`--kafka-sasl needs ${PASSWORD} or --kafka-password-file`)
  }
  return { mechanism, username, password }
}

function readText(path: string, flag: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: Error) => {
    throw new SettingsError(`file cannot be read, see --${flag}: ${error.message}`)
  })
}
