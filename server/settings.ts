/** Every setting of the server: name, default, unit, meaning, and what is a valid value. */
import { z } from 'zod'
import { parseId } from '../contract/ids.ts'

/** The settings, checked. */
export interface Settings {
  readonly artifacts: string
  readonly port: number
  readonly host: string
  /** Processes that serve. */
  readonly workers: number
  /** A folder or a URL; undefined: pictures are drawn. */
  readonly images: string | undefined
  /** A URL with `{campaign_id}` and `{banner_id}`; undefined: the picture. */
  readonly clickUrl: string | undefined
  /** Without a slash at the end; undefined: the origin of each request. */
  readonly publicUrl: string | undefined
  readonly trustProxy: boolean
  readonly cookie: 'lax' | 'embed'
  readonly heedOptOut: boolean
  readonly corsOrigins: readonly string[]
  /** A file; undefined: `denylist.txt` of the artifacts folder, if there is one. */
  readonly denylist: string | undefined
  /** Whether there must be a denylist at the start. */
  readonly requireDenylist: boolean
  /** A banner id; undefined: none. */
  readonly houseBanner: number | undefined
  /** Undefined: no operations listener. */
  readonly opsPort: number | undefined
  readonly opsHost: string
  /** Names without a port, in lower case, beside loopback, addresses and the host of `publicUrl`. */
  readonly allowedHosts: readonly string[]
  /** Pages at `/` on which people look at the build; undefined: while `host` is loopback. */
  readonly explorer: boolean | undefined
  /** The only port that has these and `/docs`; undefined: the main one has them. */
  readonly explorerPort: number | undefined
  /** Seconds. */
  readonly keepAlive: number
  /** Hours. */
  readonly maxAge: number
  /** Seconds. */
  readonly drainDelay: number
  readonly log: 'auto' | 'json' | 'text'
  readonly accessLog: boolean
}

/** How a setting is given and explained. */
export interface SettingInfo {
  /** Name of the flag, without dashes. */
  readonly flag: string
  /** Environment variable; the flag wins. A list is joined by commas there. */
  readonly env: string
  /** As text, as it would be given; undefined: not set. */
  readonly default: string | undefined
  readonly describe: string
  /** A `switch` is given without a value, with `no-` before its name to turn it off; a `list` may be given several times. */
  readonly kind?: 'switch' | 'list'
}

/** What the user has to correct. The message is one line. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
}

const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' })
const clickTemplate = z.string().refine((text) => isTemplate(text, ['campaign_id', 'banner_id']), {
  error: 'must be an http or https URL; its placeholders are {campaign_id} and {banner_id}',
})
const imagesSource = z.string().refine((text) => !isUrl(text) || isImagesUrl(text), {
  error: 'must be a folder, or an http or https URL; its placeholder is {banner_id}',
})
const onOff = z.enum(['true', 'false'], { error: "must be 'true' or 'false'" })
const originText = z
  .string()
  .refine((text) => URL.canParse(text) && new URL(text).origin === text, {
    error: 'must be an origin such as https://shop.example',
  })

const hostName = z
  .string()
  .toLowerCase()
  .regex(/^[a-z\d](?:[a-z\d._-]{0,251}[a-z\d])?$/, 'must be a host name without a port')

const SCHEMAS = {
  artifacts: z.string().min(1, 'must be a folder'),
  port: numberFrom(0, 65_535),
  host: z.string().min(1, 'must be a host name or an address'),
  workers: numberFrom(1, 64),
  images: imagesSource.min(1, 'must be a folder or a URL'),
  clickUrl: clickTemplate,
  publicUrl: httpUrl
    .refine((text) => !/[?#@]/.test(text), 'must have no user, query or fragment')
    .transform((text) => new URL(text).href.replace(/\/+$/, '')),
  trustProxy: onOff.transform((text) => text === 'true'),
  cookie: z.enum(['lax', 'embed'], { error: "must be 'lax' or 'embed'" }),
  heedOptOut: onOff.transform((text) => text === 'true'),
  corsOrigins: originText,
  denylist: z.string().min(1, 'must be a file'),
  requireDenylist: onOff.transform((text) => text === 'true'),
  houseBanner: z
    .string()
    .refine((text) => parseId(text) !== undefined, 'must be a banner id')
    .transform(Number),
  opsPort: z.union([z.literal('off').transform(() => undefined), numberFrom(0, 65_535)], {
    error: "must be 'off' or a whole number from 0 to 65535",
  }),
  opsHost: z.string().min(1, 'must be a host name or an address'),
  allowedHosts: hostName,
  explorer: onOff.transform((text) => text === 'true'),
  explorerPort: numberFrom(0, 65_535),
  keepAlive: numberFrom(1, 3_600),
  maxAge: numberFrom(1, 99_999),
  drainDelay: numberFrom(0, 600),
  log: z.enum(['auto', 'json', 'text'], { error: "must be 'auto', 'json' or 'text'" }),
  accessLog: onOff.transform((text) => text === 'true'),
} satisfies Record<keyof Settings, z.ZodType>

/** The settings in the order in which the help lists them. */
export const SETTINGS: Readonly<Record<keyof Settings, SettingInfo>> = {
  artifacts: {
    flag: 'artifacts',
    env: 'BANNER_POOLS_ARTIFACTS',
    default: 'artifacts',
    describe: 'folder of the published build; followed, a new build is served within seconds',
  },
  port: {
    flag: 'port',
    env: 'BANNER_POOLS_PORT',
    default: '8080',
    describe: 'TCP port; 0 takes a free one',
  },
  host: {
    flag: 'host',
    env: 'BANNER_POOLS_HOST',
    default: '127.0.0.1',
    describe: 'address to listen on; 0.0.0.0 is every IPv4 one',
  },
  workers: {
    flag: 'workers',
    env: 'BANNER_POOLS_WORKERS',
    default: '1',
    describe: 'processes that share the port; each holds the pools in its own memory',
  },
  images: {
    flag: 'images',
    env: 'BANNER_POOLS_IMAGES',
    default: undefined,
    describe:
      'folder of image_<banner_id>.<ext>, or URL with {banner_id}; unset, pictures are drawn',
  },
  clickUrl: {
    flag: 'click-url',
    env: 'BANNER_POOLS_CLICK_URL',
    default: undefined,
    describe:
      'target of a click on a banner without one in banners.csv, with {campaign_id} and {banner_id}; unset, the picture',
  },
  publicUrl: {
    flag: 'public-url',
    env: 'BANNER_POOLS_PUBLIC_URL',
    default: undefined,
    describe: 'URL of this server as visitors see it; unset, the origin of each request',
  },
  trustProxy: {
    flag: 'trust-proxy',
    env: 'BANNER_POOLS_TRUST_PROXY',
    default: 'false',
    describe:
      'believe X-Forwarded-Proto, X-Forwarded-Host and Forwarded; only behind a proxy that sets them',
    kind: 'switch',
  },
  cookie: {
    flag: 'cookie',
    env: 'BANNER_POOLS_COOKIE',
    default: 'lax',
    describe:
      "no-repeat cookie: 'lax' (SameSite=Lax), or 'embed' for pages of other sites (needs https)",
  },
  heedOptOut: {
    flag: 'heed-opt-out',
    env: 'BANNER_POOLS_HEED_OPT_OUT',
    default: 'false',
    describe: 'no cookie for visitors who send Sec-GPC: 1 or DNT: 1',
    kind: 'switch',
  },
  corsOrigins: {
    flag: 'cors-origin',
    env: 'BANNER_POOLS_CORS_ORIGIN',
    default: undefined,
    describe:
      'origin whose pages may read answers, with cookies; several times; unset, all may, without',
    kind: 'list',
  },
  denylist: {
    flag: 'denylist',
    env: 'BANNER_POOLS_DENYLIST',
    default: undefined,
    describe:
      "file of 'banner <id>' and 'campaign <id>' lines that are not shown; followed; unset, denylist.txt of the artifacts folder, if there is one",
  },
  requireDenylist: {
    flag: 'require-denylist',
    env: 'BANNER_POOLS_REQUIRE_DENYLIST',
    default: 'false',
    describe: 'do not serve before there is a denylist, which may be empty',
    kind: 'switch',
  },
  houseBanner: {
    flag: 'house-banner',
    env: 'BANNER_POOLS_HOUSE_BANNER',
    default: undefined,
    describe: 'banner that is shown where there is no other; unset, none is',
  },
  allowedHosts: {
    flag: 'allowed-host',
    env: 'BANNER_POOLS_ALLOWED_HOST',
    default: undefined,
    describe:
      'host name that may ask for explorer, docs and metrics, beside loopback, addresses and --public-url; several times',
    kind: 'list',
  },
  explorer: {
    flag: 'explorer',
    env: 'BANNER_POOLS_EXPLORER',
    default: undefined,
    describe:
      'pages at / that show campaigns, pools and revenue; unset, they are on while --host is loopback',
    kind: 'switch',
  },
  explorerPort: {
    flag: 'explorer-port',
    env: 'BANNER_POOLS_EXPLORER_PORT',
    default: undefined,
    describe: 'TCP port of explorer and /docs, which --port then has not; unset, they share it',
  },
  keepAlive: {
    flag: 'keep-alive',
    env: 'BANNER_POOLS_KEEP_ALIVE',
    default: '75',
    describe: 'seconds that an idle connection stays open; more than the balancer in front keeps',
  },
  opsPort: {
    flag: 'ops-port',
    env: 'BANNER_POOLS_OPS_PORT',
    default: '9464',
    describe: "TCP port of /metrics, /livez, /readyz, /version and /health/pools, or 'off'",
  },
  opsHost: {
    flag: 'ops-host',
    env: 'BANNER_POOLS_OPS_HOST',
    default: '127.0.0.1',
    describe: 'address that these listen on',
  },
  maxAge: {
    flag: 'max-age',
    env: 'BANNER_POOLS_MAX_AGE',
    default: '36',
    describe: 'hours after which a build is too old for /health/pools',
  },
  drainDelay: {
    flag: 'drain-delay',
    env: 'BANNER_POOLS_DRAIN_DELAY',
    default: '0',
    describe: 'seconds between not ready and not listening; set it to the probe interval',
  },
  log: {
    flag: 'log',
    env: 'BANNER_POOLS_LOG',
    default: 'auto',
    describe: "log lines: 'json', 'text', or 'auto': text on a terminal, JSON elsewhere",
  },
  accessLog: {
    flag: 'access-log',
    env: 'BANNER_POOLS_ACCESS_LOG',
    default: 'false',
    describe: 'log every request: method, route, status, milliseconds',
    kind: 'switch',
  },
}

/**
 * Reads the settings: a flag, else its environment variable, else its default.
 *
 * @param flags - By flag name, as text. A flag given twice arrives as an array, and is refused unless it is a list.
 * @throws {SettingsError} If a value is not valid, naming where it came from.
 */
export function readSettings(
  flags: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string | undefined>>,
): Settings {
  const names = Object.keys(SETTINGS) as (keyof Settings)[]
  const entries = names.map((name) => [name, read(name, flags, env)])
  // Each schema's output is the type of its setting, by `satisfies` above; undefined only where there is no default.
  return Object.fromEntries(entries) as Settings
}

function read(
  name: keyof Settings,
  flags: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string | undefined>>,
): unknown {
  const info = SETTINGS[name]
  const flag = flags[info.flag]
  const value = flag ?? env[info.env] ?? info.default
  const source = flag === undefined ? info.env : `--${info.flag}`
  if (info.kind === 'list') return toList(value).map((item) => check(name, item, source))
  if (value === undefined) return undefined
  if (Array.isArray(value)) throw new SettingsError(`${source} is given more than once`)
  return check(name, String(value), source)
}

function check(name: keyof Settings, value: string, source: string): unknown {
  const parsed = SCHEMAS[name].safeParse(value)
  if (parsed.success) return parsed.data
  throw new SettingsError(`${source} ${parsed.error.issues[0]?.message}: ${value}`)
}

function toList(value: unknown): string[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value.map(String) : String(value).split(',')
}

/** Tells a URL from a folder: by `http://` or `https://`. */
export function isUrl(text: string): boolean {
  return /^https?:\/\//i.test(text)
}

function numberFrom(least: number, greatest: number) {
  const message = `must be a whole number from ${least} to ${greatest}`
  return z
    .string()
    .regex(/^\d{1,5}$/, message)
    .transform(Number)
    .refine((value) => value >= least && value <= greatest, message)
}

/** Without a placeholder, the file's name is added at the end: then no query may be there. */
function isImagesUrl(text: string): boolean {
  return isTemplate(text, ['banner_id']) && (text.includes('{banner_id}') || !/[?#]/.test(text))
}

/** Whether the text is a URL once each placeholder is filled, with no other braces left. */
function isTemplate(text: string, placeholders: readonly string[]): boolean {
  const filled = placeholders.reduce((url, name) => url.replaceAll(`{${name}}`, '1'), text)
  return httpUrl.safeParse(filled).success && !/[{}]/.test(filled)
}
