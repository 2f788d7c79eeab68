import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildPools } from '../../../../pipeline/build/build.ts'
import { addEvaluation, BUILD_DEFAULTS } from '../../../../pipeline/commands/features.ts'
import { evaluateLog } from '../../../../pipeline/evaluate/log.ts'
import { roundNumbers } from '../../../../pipeline/evaluate/round.ts'
import { makeRandomLogs } from '../../../helpers/evaluate/logs.ts'
import { explorerApp, openBuild, withOpenBuild } from '../../../helpers/explorer.ts'
import { CHROME_PAGE } from '../../app-with.ts'

/** Milliseconds: a slow machine is no fault of what is tested. */
const HOOK_MS = 60_000

const EVALUATED = { evaluate: addEvaluation }

describe('the evaluation of a campaign', () => {
  let open: Awaited<ReturnType<typeof openBuild>>
  beforeAll(async () => {
    open = await openBuild(makeRandomLogs(1), EVALUATED)
  }, HOOK_MS)
  afterAll(() => open.close())

  it('has the numbers of pools evaluate', async () => {
    const { out, build, details, faults } = open
    const options = { ...BUILD_DEFAULTS, input: join(out, '../in'), out, maxRejectShare: 1 }
    const { pools } = roundNumbers(await evaluateLog(options))

    for (const campaign of [1, 7, 11]) {
      const evaluated = await details.evaluation(build, campaign)

      const own = pools.filter(({ campaign_id }) => campaign_id === campaign)
      expect(evaluated).toEqual(
        own.map(({ dataset, verdict, naive, honest, chance, banners }) => ({
          ...{ dataset, verdict, naive, honest, chance },
          stabilities: new Map(banners.map((one) => [one.banner_id, one.stability])),
        })),
      )
    }
    expect(faults).toEqual([])
  })

  it('is not there without one, and seen once it is written beside the build', async () => {
    await withOpenBuild(makeRandomLogs(1), async ({ out, build, details }) => {
      expect(await details.evaluation(build, 1)).toBeNull()

      const options = { ...BUILD_DEFAULTS, input: join(out, '../in'), out, maxRejectShare: 1 }
      await buildPools({ ...options, evaluate: addEvaluation })

      expect(await details.evaluation(build, 1)).toHaveLength(4)
    })
  })

  it('is not shown where its file is altered, which is said, or its summary is', async () => {
    await withOpenBuild(
      makeRandomLogs(1),
      async ({ build, details, faults }) => {
        const path = join(build.folder, 'evaluation.parquet')
        const bytes = await readFile(path)
        bytes.writeUInt8(bytes.readUInt8(200) ^ 1, 200)
        await writeFile(path, bytes)

        expect(await details.evaluation(build, 1)).toBe('unusable')
        expect(faults).toEqual([expect.stringContaining(`altered, build again: ${path}`)])
        expect((await pageOf({ build, details })).text).not.toContain('random halves')

        await rm(join(build.folder, 'evaluation.json'))
        expect(await details.evaluation(build, 1)).toBeNull()
      },
      EVALUATED,
    )
  })

  it('is a sentence on the page of a campaign, and a word beside each banner', async () => {
    const { text, banner } = await pageOf(open)

    expect(text).toMatch(
      /No difference shown: chosen on nine tenths of the clicks and counted on the rest, this pool brings [\d,]+ \([\d,]+ to [\d,]+\) per 1,000 impressions; any banner at random brings [\d,]+\./,
    )
    expect(
      text.match(/Here in \d+ % of random halves of the clicks: (a coin toss|unsure|steady)/g),
    ).toHaveLength(10)
    expect(banner).toContain('of random halves of the clicks')
  })
})

/** What a person reads of campaign 1 in dataset 1, and of the first banner of its pool. */
async function pageOf(open: Parameters<typeof explorerApp>[0]) {
  const app = explorerApp(open)
  const read = async (path: string) => {
    const response = await app.request(path, { headers: { accept: CHROME_PAGE } })
    return response.text()
  }
  const html = await read('/explorer/campaigns/1?dataset=1')
  const [, banner = ''] = html.match(/banners\/(\d+)/) ?? []
  const words = (page: string) => page.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ')
  return { text: words(html), banner: words(await read(`/explorer/campaigns/1/banners/${banner}`)) }
}
