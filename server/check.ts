/** `serve --check`: what would be served, without serving it. */
import { isS3Url } from '../contract/s3-address.ts'
import { type AppSettings, openBuild } from './library.ts'
import { SETTINGS, type Settings, type Source } from './settings.ts'

/**
 * Reads everything that a start reads, and describes it.
 *
 * @returns Lines for people: each setting that is given, and then the build.
 * @throws {Error} What the start would throw: a bad build, denylist or folder of pictures.
 */
export async function describeStart(settings: Settings, sources: Sources): Promise<string[]> {
  const lines = Object.entries(SETTINGS).flatMap(([name, { flag }]) => {
    const source = sources[flag]
    if (source === undefined || flag === 'check') return []
    const value = settings[name as keyof Settings]
    return [`${flag.padEnd(20)} ${String(value ?? 'off')}  (${source})`]
  })
  if (isS3Url(settings.artifacts)) return [...lines, 'the bucket was not asked']
  const given = Object.entries(settings).filter(([, value]) => value !== undefined)
  const build = await openBuild(Object.fromEntries(given) as unknown as AppSettings)
  try {
    return [...lines, `would serve build ${build.buildId()}`]
  } finally {
    build.stop()
  }
}

/** Where the value of a setting comes from, by its flag; what has none is not in it. */
type Sources = Readonly<Record<string, Source>>
