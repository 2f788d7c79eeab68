import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What a server has collected. */
export interface Collected {
  readonly impressions: number
  readonly clicks: number
  readonly conversions: number
  readonly views: number
  /** Different events of the impressions. */
  readonly events: number
  /** Of what does not count, in the order in which it came. */
  readonly reasons: readonly string[]
}

/** Counts the lines in a folder that a server collects into, or collected. */
export async function readCollected(events: string): Promise<Collected> {
  const lines = { impressions: [] as string[], clicks: [] as string[], conversions: [] as string[] }
  for (const dataset of ['1', '2', '3', '4']) {
    for (const file of await readdir(join(events, dataset))) {
      const text = await readFile(join(events, dataset, file), 'utf8')
      const table = file.slice(0, file.indexOf('_')) as keyof typeof lines
      lines[table].push(...text.split('\n').slice(1, -1))
    }
  }
  const { impressions, clicks, conversions } = lines
  const aside = await readdir(join(events, '.collect'))
  const read = async (name: string) => {
    const texts = aside.filter((file) => file.startsWith(name))
    const all = await Promise.all(
      texts.map((file) => readFile(join(events, '.collect', file), 'utf8')),
    )
    return all
      .join('')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('event,'))
  }
  return {
    ...{ impressions: impressions.length, clicks: clicks.length, conversions: conversions.length },
    views: (await read('viewable')).length,
    events: new Set(impressions.map((line) => line.split(',', 1)[0])).size,
    reasons: (await read('rejected')).map((line) => JSON.parse(line).reason),
  }
}
