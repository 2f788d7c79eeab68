import { appendFile, mkdir, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { formatJournalRecord } from '../../../contract/journal.ts'
import { PipelineError } from '../../../pipeline/base/errors.ts'
import { describeInput, watchInput } from '../../../pipeline/build/watch.ts'
import { csv, smallWorld } from '../../helpers/builds.ts'
import { withFolder, writeFiles } from '../../helpers/folders.ts'

const SECOND = 1000

interface Scene {
  /** The state of the input from each second on, in order. */
  readonly states: ReadonlyMap<number, string>
  /** Each second a line is committed to a segment, in these seconds. */
  readonly grows?: readonly [from: number, to: number]
  /** Seconds until the watch is stopped. */
  readonly until: number
  /** What a build of a state does; by default it succeeds. */
  readonly build?: (state: string) => void
}

/** Watches a scene with a clock of its own: looks every second, settles for five. Gives what happened, and when. */
async function watchScene({ states, grows, until, build = () => {} }: Scene): Promise<string[]> {
  const events: string[] = []
  const stopper = new AbortController()
  let now = 0
  const state = () => [...states].filter(([from]) => from * SECOND <= now).at(-1)?.[1] ?? ''
  const [from, to] = grows ?? [0, 0]
  const growing = () => String(Math.min(Math.max(now / SECOND, from), to))
  const note = (event: string) => events.push(`${now / SECOND} ${event}`)
  await watchInput({
    look: async () => ({ resting: state(), growing: growing() }),
    async build() {
      note(`builds ${state()}`)
      build(state())
    },
    onChange: () => note('changed'),
    onFailure: ({ message }, retryMs) => note(`${message}, again in ${retryMs / SECOND}`),
    settleMs: 5 * SECOND,
    intervalMs: SECOND,
    clock: {
      now: () => now,
      async sleep(ms) {
        now += ms
        if (now >= until * SECOND) stopper.abort()
      },
    },
    stop: stopper.signal,
  })
  return events
}

function fail(message: string): never {
  throw new PipelineError(message)
}

describe('watchInput', () => {
  it('builds once at the start, when the input has rested', async () => {
    expect(await watchScene({ states: new Map([[0, 'a']]), until: 100 })).toEqual(['5 builds a'])
  })

  it('waits until a file that is being written rests', async () => {
    const states = new Map([
      [0, 'a'],
      [20, 'a b1'],
      [23, 'a b2'],
      [27, 'a b3'],
    ])

    expect(await watchScene({ states, until: 100 })).toEqual([
      '5 builds a',
      '20 changed',
      '32 builds a b3',
    ])
  })

  it('reads segments while they grow, and once more when they have ended', async () => {
    const states = new Map([[0, 'a']])

    expect(await watchScene({ states, grows: [20, 29], until: 100 })).toEqual([
      '5 builds a',
      '21 changed',
      '26 builds a',
      '27 changed',
      '32 builds a',
    ])
  })

  it('waits until a file that is being written rests, also while segments grow', async () => {
    const states = new Map([
      [0, 'a'],
      [20, 'a b1'],
      [23, 'a b2'],
    ])

    expect(await watchScene({ states, grows: [18, 25], until: 100 })).toEqual([
      '5 builds a',
      '19 changed',
      '28 builds a b2',
    ])
  })

  it('tries a failed build again after a change, and else ever more seldom', async () => {
    const states = new Map([
      [0, 'bad'],
      [400, 'good'],
    ])
    const build = (state: string) => (state === 'bad' ? fail('bad input') : undefined)

    expect(await watchScene({ states, until: 1000, build })).toEqual([
      '5 builds bad',
      '5 bad input, again in 60',
      '65 builds bad',
      '65 bad input, again in 120',
      '185 builds bad',
      '185 bad input, again in 240',
      '400 changed',
      '405 builds good',
    ])
  })

  it('never waits for more than an hour', async () => {
    const events = await watchScene({
      states: new Map([[0, 'bad']]),
      until: 600 * 60,
      build: () => fail('disk full'),
    })

    expect(events.at(-1)).toMatch(/disk full, again in 3600$/)
  })

  it('begins with a minute again for another state', async () => {
    const states = new Map([
      [0, 'bad'],
      [100, 'worse'],
    ])

    const events = await watchScene({ states, until: 150, build: (state) => fail(state) })

    expect(events.filter((event) => event.includes('again'))).toEqual([
      '5 bad, again in 60',
      '65 bad, again in 120',
      '105 worse, again in 60',
    ])
  })

  it('ends with a fault of its own', async () => {
    const build = () => {
      throw new TypeError('a bug')
    }

    const scene = watchScene({ states: new Map([[0, 'a']]), until: 100, build })

    await expect(scene).rejects.toThrow('a bug')
  })

  it('builds nothing once it is stopped', async () => {
    expect(await watchScene({ states: new Map([[0, 'a']]), until: 4 })).toEqual([])
  })
})

describe('describeInput', () => {
  it.each<[string, (input: string) => Promise<unknown>]>([
    ['comes', (input) => writeFiles(input, { '2/clicks_b.csv': csv('click_id', []) })],
    ['goes', (input) => rm(join(input, '1/clicks_1.csv'))],
    [
      'is written',
      (input) => writeFiles(input, { '1/clicks_1.csv': smallWorld()['1/clicks_1.csv'] ?? '' }),
    ],
    ['is touched', (input) => utimes(join(input, '1/clicks_1.csv'), 1, 1)],
    [
      'gets another name',
      (input) => rename(join(input, '1/clicks_1.csv'), join(input, '1/clicks.csv')),
    ],
  ])('tells when a file %s', async (_, change) => {
    await withFolder(async (input) => {
      await writeFiles(input, smallWorld())
      const before = await describeInput(input)
      expect(await describeInput(input)).toEqual(before)

      await change(input)

      expect(await describeInput(input)).not.toEqual(before)
    })
  })

  it('passes over files that are no logs, as an upload under another name is', async () => {
    await withFolder(async (input) => {
      await writeFiles(input, smallWorld())
      const before = await describeInput(input)

      await writeFiles(input, { '1/.clicks_2.csv.part': 'click_id', '1/notes.txt': '' })

      expect(await describeInput(input)).toEqual(before)
    })
  })

  it('describes an input that is not there', async () => {
    expect((await describeInput('/nowhere')).resting).toContain('does not exist')
  })

  it('tells of a segment how far its writer has committed it, not what is written beyond', async () => {
    await withFolder(async (input) => {
      const path = '1/clicks_2026-11-30_collect.6b0d91a66da91715f8-1.csv'
      await writeFiles(input, { ...smallWorld(), [path]: 'event,click_id,banner_id,campaign_id\n' })
      const commit = (bytes: number) =>
        writeFile(
          join(input, '.collect/journal'),
          formatJournalRecord({ lengths: { [path]: bytes } }),
        )
      await mkdir(join(input, '.collect'))
      await commit(37)
      const before = await describeInput(input)

      await appendFile(join(input, path), 'r:1,1,30,7\n')
      expect(await describeInput(input)).toEqual(before)

      await commit(48)
      const { resting, growing } = await describeInput(input)
      expect(resting).toBe(before.resting)
      expect(growing).toBe(before.growing.replace(/37$/, '48'))
    })
  })
})
