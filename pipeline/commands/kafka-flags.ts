/** Flags of the commands that read Kafka. Secrets come from the environment or from files, never from flags. */
import { readFile } from 'node:fs/promises'
import { TABLES, type Table } from '../../contract/schema.ts'
import { withFileErrors } from '../base/errors.ts'
import type { Address, BrokerSettings } from '../base/kafka.ts'
import type { Offsets, ReceiveSettings, TopicSetting } from '../live/receive/settings.ts'
import { assertFlag, type CommandContext, misuse, type Option } from './command.ts'

/** What says how to connect. */
export interface BrokerFlags {
  tls: boolean
  tlsCa: string | undefined
  tlsCert: string | undefined
  tlsKey: string | undefined
  sasl: string | undefined
  saslUser: string | undefined
  saslPasswordFile: string | undefined
}

/** What says what to read. */
export interface KafkaFlags extends BrokerFlags {
  kafka: string | undefined
  topicPrefix: string
  topic: string[]
  offsets: string | undefined
  acceptGap: boolean
}

const MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const
const DEFAULT_PORT = 9092

/** Holds the password of `--sasl`. */
const PASSWORD = 'BANNER_POOLS_KAFKA_PASSWORD'
/** Holds the user of `--sasl`, where the flag does not. */
const USER = 'BANNER_POOLS_KAFKA_USER'
/** Holds the passphrase of `--tls-key`. */
const PASSPHRASE = 'BANNER_POOLS_KAFKA_KEY_PASSPHRASE'

/** Of a connection to Kafka. */
export const BROKER_OPTIONS = {
  tls: {
    type: 'boolean',
    default: false,
    describe: 'with --kafka: encrypt, and check certificates',
  },
  'tls-ca': { type: 'string', describe: 'PEM file with the authorities to trust' },
  'tls-cert': { type: 'string', describe: 'PEM file with our certificate, for mutual TLS' },
  'tls-key': {
    type: 'string',
    describe: `PEM file with its key; its passphrase is in ${PASSPHRASE}`,
  },
  sasl: {
    type: 'string',
    values: MECHANISMS,
    describe: `log in by PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512; the password is in ${PASSWORD}`,
  },
  'sasl-user': { type: 'string', describe: `user to log in as; by default ${USER}` },
  'sasl-password-file': {
    type: 'string',
    describe: `file with the password, instead of ${PASSWORD}`,
  },
} as const satisfies Record<string, Option>

/** The options of {@link KafkaFlags}. */
export const KAFKA_OPTIONS = {
  kafka: { type: 'string', describe: 'brokers to ask first, as HOST:PORT,…' },
  'topic-prefix': {
    type: 'string',
    default: '',
    describe: 'topics are PREFIXimpressions, PREFIXclicks and PREFIXconversions',
  },
  topic: {
    type: 'string',
    array: true,
    default: [],
    describe: 'only these topics, as clicks=shop.clicks.v1; repeatable, also for one table',
  },
  offsets: {
    type: 'string',
    describe: 'JSON file with the first offsets, {"clicks":{"0":17}}; by default the earliest',
  },
  'accept-gap': {
    type: 'boolean',
    default: false,
    describe: 'continue after lost messages, and record the loss in the manifest',
  },
  ...BROKER_OPTIONS,
} as const satisfies Record<string, Option>

/** @throws {PipelineError} With exit code 2, if a flag has a value that makes no sense. */
export function checkKafkaFlags(flags: KafkaFlags): void {
  const { kafka, topic } = flags
  checkBrokerFlags(flags)
  if (kafka !== undefined) assertFlag(readBrokers(kafka) !== null, 'kafka', 'HOST:PORT,…')
  for (const one of topic) assertFlag(readTopic(one) !== null, 'topic', 'TABLE=NAME')
}

/** @throws {PipelineError} With exit code 2, if a flag has a value that makes no sense. */
export function checkBrokerFlags({ sasl, tls, tlsCa, tlsCert, tlsKey }: BrokerFlags): void {
  assertFlag(sasl === undefined || isMechanism(sasl), 'sasl', MECHANISMS.join(', '))
  assertFlag((tlsCert === undefined) === (tlsKey === undefined), 'tls-cert', 'given with --tls-key')
  const hasTls = tlsCa !== undefined || tlsCert !== undefined
  assertFlag(tls || !hasTls, 'tls', 'given with --tls-ca and --tls-cert')
}

/**
 * Reads what a receiver is told, files and secrets included.
 *
 * @returns Null without `--kafka`.
 * @throws {PipelineError} If a file cannot be read, or a secret is missing.
 */
export async function readKafkaFlags(
  flags: KafkaFlags & { readonly input: string },
  environment: CommandContext['environment'],
): Promise<ReceiveSettings | null> {
  const { input, kafka, topicPrefix, topic, offsets, acceptGap } = flags
  if (kafka === undefined) return null
  const named = topic.flatMap((one) => readTopic(one) ?? [])
  const prefixed = TABLES.map((table) => ({ table, name: `${topicPrefix}${table}` }))
  return {
    input,
    brokers: await readBrokerFlags({ ...flags, kafka }, environment),
    topics: named.length > 0 ? named : prefixed,
    start: offsets === undefined ? null : await readOffsets(offsets),
    acceptGap,
  }
}

/** Reads how to connect. */
export async function readBrokerFlags(
  flags: BrokerFlags & { readonly kafka: string },
  environment: CommandContext['environment'],
): Promise<BrokerSettings> {
  const { kafka, tls, tlsCa, tlsCert, tlsKey } = flags
  const passphrase = environment[PASSPHRASE]
  const files = { ca: tlsCa, cert: tlsCert, key: tlsKey }
  const texts: Record<string, string> = {}
  for (const [name, path] of Object.entries(files)) {
    if (path !== undefined) texts[name] = await readText(path, `tls-${name}`)
  }
  return {
    bootstrap: readBrokers(kafka) ?? [],
    tls: tls ? { ...texts, ...(passphrase === undefined ? {} : { passphrase }) } : null,
    sasl: await readSasl(flags, environment),
  }
}

async function readSasl(
  { sasl, saslUser, saslPasswordFile }: BrokerFlags,
  environment: CommandContext['environment'],
): Promise<BrokerSettings['sasl']> {
  if (sasl === undefined || !isMechanism(sasl)) return null
  const username = saslUser ?? environment[USER]
  if (username === undefined) throw misuse(`--sasl needs --sasl-user or ${USER}`)
  const password =
    saslPasswordFile === undefined
      ? environment[PASSWORD]
      : (await readText(saslPasswordFile, 'sasl-password-file')).replace(/\r?\n$/, '')
  if (password === undefined) throw misuse(`--sasl needs ${PASSWORD} or --sasl-password-file`)
  return { mechanism: sasl, username, password }
}

function readText(path: string, flag: string): Promise<string> {
  return withFileErrors(`file cannot be read, see --${flag}: ${path}`, () => readFile(path, 'utf8'))
}

async function readOffsets(path: string): Promise<Offsets> {
  const text = await readText(path, 'offsets')
  const offsets = parseJson(text)
  const isRight =
    isRecord(offsets) &&
    Object.values(offsets).every(
      (own) =>
        isRecord(own) && Object.values(own).every((n) => Number.isSafeInteger(n) && Number(n) >= 0),
    )
  if (!isRight) throw misuse(`--offsets must be like {"clicks":{"0":17}}: ${path}`)
  return offsets as Offsets
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Null = no list of brokers. An IPv6 address stands in brackets. */
export function readBrokers(text: string): Address[] | null {
  const brokers = text.split(',').map(readAddress)
  return brokers.every((address) => address !== null) ? brokers : null
}

function readAddress(text: string): Address | null {
  const [, bracketed, plain, port = String(DEFAULT_PORT)] =
    /^(?:\[([\da-fA-F:]+)\]|([\w.-]+))(?::(\d{1,5}))?$/.exec(text.trim()) ?? []
  const host = bracketed ?? plain
  return host === undefined || Number(port) > 65_535 ? null : { host, port: Number(port) }
}

function readTopic(text: string): TopicSetting | null {
  const [, table, name] = /^(\w+)=([\w.-]+)$/.exec(text) ?? []
  const known = TABLES.find((one): one is Table => one === table)
  return known === undefined || name === undefined ? null : { table: known, name }
}

function isMechanism(text: string): text is (typeof MECHANISMS)[number] {
  return MECHANISMS.some((mechanism) => mechanism === text)
}
