/** Every setting of the server: name, default, unit, meaning, and what is a valid value. */
import { z } from 'zod'

/** The settings, checked. */
export interface Settings {
  readonly artifacts: string
  readonly port: number
  readonly host: string
  /** A folder or a URL; undefined: pictures are drawn. */
  readonly images: string | undefined
  /** A URL with `{campaign_id}` and `{banner_id}`; undefined: the picture. */
  readonly clickUrl: string | undefined
  /** Without a slash at the end; undefined: the origin of each request. */
  readonly publicUrl: string | undefined
  readonly cookie: 'lax' | 'embed'
  readonly log: 'auto' | 'json' | 'text'
}

/** How a setting is given and explained. */
export interface SettingInfo {
  /** Name of the flag, without dashes. */
  readonly flag: string
  /** Environment variable; the flag wins. */
  readonly env: string
  /** As text, as it would be given; undefined: not set. */
  readonly default: string | undefined
  readonly describe: string
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

const SCHEMAS = {
  artifacts: z.string().min(1, 'must be a folder'),
  port: z
    .string()
    .regex(/^\d{1,5}$/, 'must be a whole number from 0 to 65535')
    .transform(Number)
    .refine((port) => port <= 65535, 'must be a whole number from 0 to 65535'),
  host: z.string().min(1, 'must be a host name or an address'),
  images: imagesSource.min(1, 'must be a folder or a URL'),
  clickUrl: clickTemplate,
  publicUrl: httpUrl
    .refine((text) => !/[?#@]/.test(text), 'must have no user, query or fragment')
    .transform((text) => new URL(text).href.replace(/\/+$/, '')),
  cookie: z.enum(['lax', 'embed'], { error: "must be 'lax' or 'embed'" }),
  log: z.enum(['auto', 'json', 'text'], { error: "must be 'auto', 'json' or 'text'" }),
} satisfies Record<keyof Settings, z.ZodType>

/** The settings in the order in which the help lists them. */
export const SETTINGS: Readonly<Record<keyof Settings, SettingInfo>> = {
  artifacts: {
    flag: 'artifacts',
    env: 'BANNER_POOLS_ARTIFACTS',
    default: 'artifacts',
    describe: 'folder of the published build',
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
    describe: 'target of a click, with {campaign_id} and {banner_id}; unset, the picture',
  },
  publicUrl: {
    flag: 'public-url',
    env: 'BANNER_POOLS_PUBLIC_URL',
    default: undefined,
    describe: 'URL of this server as visitors see it; unset, the origin of each request',
  },
  cookie: {
    flag: 'cookie',
    env: 'BANNER_POOLS_COOKIE',
    default: 'lax',
    describe:
      "no-repeat cookie: 'lax' (SameSite=Lax), or 'embed' for pages of other sites (needs https)",
  },
  log: {
    flag: 'log',
    env: 'BANNER_POOLS_LOG',
    default: 'auto',
    describe: "log lines: 'json', 'text', or 'auto': text on a terminal, JSON elsewhere",
  },
}

/**
 * Reads the settings: a flag, else its environment variable, else its default.
 *
 * @param flags - By flag name, as text. A flag given twice arrives as an array, and is refused.
 * @throws {SettingsError} If a value is not valid, naming where it came from.
 */
export function readSettings(
  flags: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string | undefined>>,
): Settings {
  return {
    artifacts: read('artifacts', flags, env) ?? '',
    port: read('port', flags, env) ?? 0,
    host: read('host', flags, env) ?? '',
    images: read('images', flags, env),
    clickUrl: read('clickUrl', flags, env),
    publicUrl: read('publicUrl', flags, env),
    cookie: read('cookie', flags, env) ?? 'lax',
    log: read('log', flags, env) ?? 'auto',
  }
}

function read<K extends keyof Settings>(
  name: K,
  flags: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string | undefined>>,
): z.output<(typeof SCHEMAS)[K]> | undefined {
  const info = SETTINGS[name]
  const flag = flags[info.flag]
  const value = flag ?? env[info.env] ?? info.default
  if (value === undefined) return undefined
  const source = flag === undefined ? info.env : `--${info.flag}`
  if (Array.isArray(value)) throw new SettingsError(`${source} is given more than once`)
  const parsed = SCHEMAS[name].safeParse(value)
  if (parsed.success) return parsed.data as z.output<(typeof SCHEMAS)[K]>
  throw new SettingsError(`${source} ${parsed.error.issues[0]?.message}: ${value}`)
}

/** Tells a URL from a folder: by `http://` or `https://`. */
export function isUrl(text: string): boolean {
  return /^https?:\/\//i.test(text)
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
