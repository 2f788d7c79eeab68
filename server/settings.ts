/** Every setting of the server, in one table: name, default, unit, meaning, and what is a valid value. */
import type { z } from 'zod'
import { FIRST_CLICK_ID } from './base/click-id-blocks.ts'
import {
  amount,
  bannerId,
  baseUrl,
  clickTemplate,
  collectFolder,
  currencyText,
  fileMode,
  firstClickId,
  hostName,
  hostOrSocket,
  imagesSource,
  kafkaAddress,
  oneOf,
  onOff,
  originText,
  portOrOff,
  share,
  text,
  wholeNumber,
} from './setting-values.ts'

/** A setting in the table. Its flag and its environment variable are made of its name. */
interface Setting {
  /** As text, as it would be given; absent: not set. */
  readonly default?: string
  readonly describe: string
  /**
   * A `switch` is given without a value, with `no-` before its name to turn it off; a `list` may be given several times, and
   * its flag is the name without the s.
   */
  readonly kind?: 'switch' | 'list'
  /** Reads a value; of a list, each. A switch has none of its own. */
  readonly value?: z.ZodType
}

/** In the order in which the help lists them. */
const TABLE = {
  artifacts: {
    default: 'artifacts',
    describe:
      'folder of the published build, or s3://bucket/prefix; reloaded automatically when a new build is published',
    value: text('a folder'),
  },
  artifactsCache: {
    describe:
      'folder for the copy of a build in a bucket, which is served while the bucket cannot be read; unset: a temporary one',
    value: text('a folder'),
  },
  port: {
    default: '8080',
    describe: 'TCP port; 0 takes a free one',
    value: wholeNumber(0, 65_535),
  },
  host: {
    default: '127.0.0.1',
    describe:
      'address to listen on; 0.0.0.0 is every IPv4 one; unix:PATH is a socket, without a port',
    value: hostOrSocket,
  },
  socketMode: {
    describe:
      'permissions of the socket of --host unix:PATH, as for chmod; users who may write to it may connect; unset: 660',
    value: fileMode,
  },
  workers: {
    default: '1',
    describe: 'number of processes that share the port; each keeps the pools in its own memory',
    value: wholeNumber(1, 64),
  },
  images: {
    describe:
      'folder of image_<banner_id>.<ext>, or URL with {banner_id}; unset: pictures are generated',
    value: imagesSource,
  },
  clickUrl: {
    describe:
      'URL that a click leads to if banners.csv has none, with {campaign_id} and {banner_id}; unset: the picture',
    value: clickTemplate,
  },
  publicUrl: {
    describe: 'URL of this server as visitors see it; unset: the origin of each request',
    value: baseUrl,
  },
  trustProxy: {
    kind: 'switch',
    default: 'false',
    describe:
      'trust X-Forwarded-Proto, X-Forwarded-Host and Forwarded; only behind a proxy that sets them',
  },
  cookie: {
    default: 'lax',
    describe:
      "no-repeat cookie: 'lax' (SameSite=Lax), or 'embed' for pages of other sites (needs https)",
    value: oneOf('lax', 'embed'),
  },
  heedOptOut: {
    kind: 'switch',
    default: 'false',
    describe: 'no cookie for visitors who send Sec-GPC: 1 or DNT: 1',
  },
  corsOrigins: {
    kind: 'list',
    describe:
      'origin whose pages may read responses, with cookies; repeatable; unset: every origin, without cookies',
    value: originText,
  },
  denylist: {
    describe:
      "file with lines 'banner <id>' and 'campaign <id>' that are not shown; reloaded when it changes; unset: denylist.txt in the artifacts folder, if it exists",
    value: text('a file'),
  },
  requireDenylist: {
    kind: 'switch',
    default: 'false',
    describe: 'do not serve until a denylist exists; it may be empty',
  },
  houseBanner: {
    describe: 'banner to show where there is no other; unset: none',
    value: bannerId,
  },
  allowedHosts: {
    kind: 'list',
    describe:
      'host name that may request explorer, docs and metrics, besides loopback, IP addresses and --public-url; repeatable',
    value: hostName,
  },
  explore: {
    default: '0',
    describe:
      'share of responses, 0 to 1, that choose from all candidates of a campaign, in its pool or not, such as 0.05',
    value: share,
  },
  collect: {
    describe:
      'folder that impressions, clicks and conversions are written to, as input of the pipeline; unset: nothing is collected',
    value: collectFolder,
  },
  collectTo: {
    describe:
      'kafka://HOST:PORT,…[/PREFIX] that each collected line is sent to besides, each once to a receiver; needs --collect',
    value: kafkaAddress,
  },
  collectAck: {
    default: 'disk',
    describe:
      "what impressions and conversions wait for before they are answered: 'disk', or 'kafka': until the brokers of --collect-to have them, 5 s at most",
    value: oneOf('disk', 'kafka'),
  },
  kafkaTls: {
    kind: 'switch',
    default: 'false',
    describe: 'with --collect-to: encrypt, and check certificates',
  },
  kafkaTlsCa: {
    describe: 'PEM file with the authorities to trust; unset: those that Node.js knows',
    value: text('a file'),
  },
  kafkaTlsCert: {
    describe: 'PEM file with our certificate, for mutual TLS',
    value: text('a file'),
  },
  kafkaTlsKey: {
    describe: 'PEM file with its key; its passphrase is in BANNER_POOLS_KAFKA_KEY_PASSPHRASE',
    value: text('a file'),
  },
  kafkaSasl: {
    describe:
      'log in to Kafka by PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512; the password is in BANNER_POOLS_KAFKA_PASSWORD',
    value: oneOf('PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'),
  },
  kafkaUser: {
    describe: 'who logs in to Kafka',
    value: text('a name'),
  },
  kafkaPasswordFile: {
    describe: 'file with the password, instead of BANNER_POOLS_KAFKA_PASSWORD',
    value: text('a file'),
  },
  collectUrl: {
    describe:
      'URL that addresses of events begin with, of the one machine that collects what this one decides; unset: as other links',
    value: baseUrl,
  },
  eventKeyFile: {
    describe:
      'file of the keys that sign event addresses, one a line; the first one signs; unset: BANNER_POOLS_EVENT_KEY, else <folder of --collect>.key, which is created',
    value: text('a file'),
  },
  conversionTokens: {
    describe:
      "file with a line '<advertiser> <token>' for each that may report conversions; reloaded when it changes; unset: nobody may",
    value: text('a file'),
  },
  impressionMinutes: {
    default: '60',
    describe: 'minutes after a decision in which its impression counts',
    value: wholeNumber(1, 1_440),
  },
  clickHours: {
    default: '24',
    describe: 'hours after a decision in which its click counts',
    value: wholeNumber(1, 720),
  },
  firstClickId: {
    default: String(FIRST_CLICK_ID),
    describe:
      'smallest click id; a multiple of 262144, far from those of other machines and of older logs',
    value: firstClickId,
  },
  maxRevenue: {
    default: '1000000',
    describe: 'greatest revenue of a conversion, in the unit of the logs',
    value: amount,
  },
  explorer: {
    kind: 'switch',
    describe:
      'pages at / that show campaigns, pools and revenue; unset: on while --host is loopback',
  },
  explorerPort: {
    describe: 'separate TCP port for explorer and /docs; unset: they are on --port',
    value: wholeNumber(0, 65_535),
  },
  keepAlive: {
    default: '75',
    describe: 'keep-alive timeout in seconds; longer than that of a load balancer in front',
    value: wholeNumber(1, 3_600),
  },
  opsPort: {
    default: '9464',
    describe: "TCP port of /metrics, /livez, /readyz, /version and /health/pools, or 'off'",
    value: portOrOff,
  },
  opsHost: {
    default: '127.0.0.1',
    describe: 'address of the operations port',
    value: text('a host name or an address'),
  },
  currency: {
    describe: 'currency of revenue, as pages write it, such as EUR; unset: none is written',
    value: currencyText,
  },
  maxAge: {
    default: '36',
    describe: 'hours after which /health/pools reports a build as too old',
    value: wholeNumber(1, 99_999),
  },
  drainDelay: {
    default: '0',
    describe:
      'seconds between not ready and closing the port at shutdown; set it to the probe interval',
    value: wholeNumber(0, 600),
  },
  log: {
    default: 'auto',
    describe: "log lines: 'json', 'text', or 'auto': text on a terminal, JSON elsewhere",
    value: oneOf('auto', 'json', 'text'),
  },
  accessLog: {
    kind: 'switch',
    default: 'false',
    describe: 'log every request: method, route, status, milliseconds',
  },
  config: {
    describe:
      'YAML file of settings, such as port: 8080; a flag and an environment variable win over it',
    value: text('a file'),
  },
  check: {
    kind: 'switch',
    default: 'false',
    describe: 'print what would be served with these settings, and exit',
  },
} as const satisfies Readonly<Record<string, Setting>>

type Table = typeof TABLE

/** What a value of a setting comes to. */
type ValueOf<S extends Setting> = S extends { readonly value: z.ZodType }
  ? z.output<S['value']>
  : boolean

/** What a setting comes to: undefined is possible where there is no default. */
type Read<S extends Setting> = S extends { readonly kind: 'list' }
  ? readonly ValueOf<S>[]
  : S extends { readonly default: string }
    ? ValueOf<S>
    : ValueOf<S> | undefined

/** The settings, checked. What each means is in the table. */
export type Settings = { readonly [Name in keyof Table]: Read<Table[Name]> }

/** How a setting is given and explained. */
export interface SettingInfo extends Setting {
  /** Name of the flag, without dashes. */
  readonly flag: string
  /** Environment variable; the flag wins. A list is joined by commas there. */
  readonly env: string
}

/** The settings by name, in the order of the table. */
export const SETTINGS = Object.fromEntries(
  Object.entries<Setting>(TABLE).map(([name, setting]) => [name, describeSetting(name, setting)]),
) as Readonly<Record<keyof Settings, SettingInfo>>

/** What the user has to correct. The message is one line. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
}

/**
 * Reads the settings: a flag, else its environment variable, else the file of `--config`, else its default.
 *
 * @param flags - By flag name, as text. A flag given twice arrives as an array, and is refused unless it is a list.
 * @param config - What the file says, by flag name.
 * @throws {SettingsError} If a value is not valid, naming where it came from.
 */
export function readSettings(
  flags: Readonly<Record<string, unknown>>,
  env: Environment,
  config: Readonly<Record<string, unknown>> = {},
): Settings {
  const given = { flags, env, config }
  const entries = Object.entries(SETTINGS).map(([name, info]) => [name, read(info, given)])
  // The type of each is that of what its schema gives, see `Settings`.
  return Object.fromEntries(entries) as Settings
}

/**
 * Tells where each value comes from, by flag: the flag, the variable, `config` or `default`. What is not set is not there.
 *
 * @param config - What the file says, by flag name.
 */
export function findSources(
  flags: Readonly<Record<string, unknown>>,
  env: Environment,
  config: Readonly<Record<string, unknown>>,
): Readonly<Record<string, Source>> {
  const sources = Object.values(SETTINGS).map((info) => {
    return [info.flag, findSource(info, { flags, env, config })] as const
  })
  return Object.fromEntries(
    sources.filter((entry): entry is [string, Source] => entry[1] !== undefined),
  )
}

/** Where a value comes from: a flag, a variable, `config` or `default`. */
export type Source = string

type Environment = Readonly<Record<string, string | undefined>>

interface Given {
  readonly flags: Readonly<Record<string, unknown>>
  readonly env: Environment
  readonly config: Readonly<Record<string, unknown>>
}

/** `trustProxy`: `--trust-proxy`, `BANNER_POOLS_TRUST_PROXY`. */
function describeSetting(name: string, setting: Setting): SettingInfo {
  const one = setting.kind === 'list' ? name.replace(/s$/, '') : name
  const flag = one.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  return { ...setting, flag, env: `BANNER_POOLS_${flag.toUpperCase().replaceAll('-', '_')}` }
}

function read(info: SettingInfo, given: Given): unknown {
  const source = findSource(info, given)
  if (source === undefined) return info.kind === 'list' ? [] : undefined
  const value = valueFrom(info, given, source)
  const label = source === 'config' ? `--config, ${info.flag}` : source
  if (info.kind === 'list') return toList(value).map((item) => check(info, item, label))
  if (Array.isArray(value)) throw new SettingsError(`${label} is given more than once`)
  return check(info, String(value), label)
}

function valueFrom(info: SettingInfo, { flags, env, config }: Given, source: Source): unknown {
  if (source === 'default') return info.default
  if (source === 'config') return config[info.flag]
  return source === info.env ? env[info.env] : flags[info.flag]
}

function findSource(info: SettingInfo, { flags, env, config }: Given): Source | undefined {
  if (flags[info.flag] !== undefined) return `--${info.flag}`
  if (env[info.env] !== undefined) return info.env
  if (config[info.flag] !== undefined) return 'config'
  return info.default === undefined ? undefined : 'default'
}

function check({ value: schema = onOff }: SettingInfo, value: string, source: string): unknown {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new SettingsError(`${source} ${parsed.error.issues[0]?.message}: ${value}`)
}

function toList(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : String(value).split(',')
}
