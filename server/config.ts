/** The file of `--config`: settings by the names of their flags, in YAML. */
import { nearestName } from '../contract/nearest.ts'
import { readSmallFile } from '../contract/small-file.ts'
import { SETTINGS, SettingsError } from './settings.ts'

/** Bytes. */
const MAX_BYTES = 1 << 20

/** Where workers find what the first process has read: the file may be another one when a worker is replaced. */
const COPY = 'BANNER_POOLS_CONFIG_COPY'

/** What a value may be, as YAML gives it. */
type Value = string | number | boolean | readonly (string | number)[]

/** Settings by flag name, as {@link readSettings} takes them. */
export type Config = Readonly<Record<string, Value>>

/**
 * Reads the file that the flag or `BANNER_POOLS_CONFIG` names.
 *
 * @param env - Gets a copy for the workers that are started with it.
 * @returns Empty if none is named.
 * @throws {SettingsError} If it cannot be read, or is no list of settings; with the name that was probably meant.
 */
export async function readConfig(
  flags: Readonly<Record<string, unknown>>,
  env: Record<string, string | undefined>,
): Promise<Config> {
  const { [COPY]: copy } = env
  if (copy !== undefined) return JSON.parse(copy) as Config
  const path = flags.config ?? env[SETTINGS.config.env]
  if (path === undefined) return {}
  const config = await readFile(String(path))
  env[COPY] = JSON.stringify(config)
  return config
}

async function readFile(path: string): Promise<Config> {
  const refuse = (reason: string) => new SettingsError(`--config ${path}: ${reason}`)
  const bytes = await readSmallFile(path, { maxBytes: MAX_BYTES }).catch((error: Error) => {
    throw refuse(error.message)
  })
  const { parse } = await import('yaml')
  let found: unknown
  try {
    found = parse(String(bytes)) ?? {}
  } catch (error) {
    throw refuse(String((error as Error).message).split('\n', 1)[0] ?? '')
  }
  if (typeof found !== 'object' || found === null || Array.isArray(found)) {
    throw refuse("must be lines such as 'port: 8080'")
  }
  for (const [name, value] of Object.entries(found)) assertSetting(name, value, refuse)
  return found as Config
}

function assertSetting(
  name: string,
  value: unknown,
  refuse: (reason: string) => SettingsError,
): asserts value is Value {
  const infos = Object.values(SETTINGS).filter(({ flag }) => flag !== 'config' && flag !== 'check')
  const info = infos.find(({ flag }) => flag === name)
  if (info === undefined) {
    const meant = nearestName(
      name,
      infos.map(({ flag }) => flag),
    )
    throw refuse(`unknown setting ${name}${meant === null ? '' : `, did you mean ${meant}?`}`)
  }
  const values = Array.isArray(value) && info.kind === 'list' ? value : [value]
  const isText = values.every((each) => ['string', 'number', 'boolean'].includes(typeof each))
  if (!isText) throw refuse(`${name} must be one value${info.kind === 'list' ? ' or a list' : ''}`)
}
