import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readEvaluation } from '../../../contract/evaluation.ts'
import { readManifest } from '../../../contract/read.ts'
import { buildPools } from '../../../pipeline/build/build.ts'
import { addEvaluation, BUILD_DEFAULTS } from '../../../pipeline/commands/features.ts'
import { describeLogged } from '../../../pipeline/evaluate/describe.ts'
import { evaluateWithDecisions } from '../../../pipeline/evaluate/log.ts'
import { roundNumbers } from '../../../pipeline/evaluate/round.ts'
import type { InputFiles } from '../../helpers/builds.ts'
import { withFolder, writeFiles } from '../../helpers/folders.ts'

const RUN = '6b0d91a66da91715f8'
/** Impressions of each banner; of those of banners 1 to 10 half bring a click that earns something. */
const SHOWN = 8

/** Banners 1 to 6 are shown more often than the others. */
const chanceOf = (banner: number) => (banner <= 6 ? 0.15 : 0.02)
const revenueOf = (banner: number) => (banner <= 6 ? 1 : 2)

/** Campaign 7 in quarter 1, as a server collects it that explores. */
function makeLogs(): InputFiles {
  const impressions: string[] = []
  const clicks: string[] = []
  const conversions: string[] = []
  const decisions: string[] = []
  for (let banner = 1; banner <= 12; banner++) {
    for (let i = 0; i < SHOWN; i++) {
      const number = banner * 100 + i
      impressions.push(`${RUN}:${number},${banner},7`)
      decisions.push(`${RUN}:${number},1,7,${banner},${chanceOf(banner)},1796041200`)
      if (banner > 10 || i % 2 > 0) continue
      clicks.push(`${RUN}:${number},${number},${banner},7`)
      conversions.push(`6b0d91a66da91715f9:${number},${number},${number},${revenueOf(banner)}`)
    }
  }
  const file = (header: string, lines: readonly string[]) => `${[header, ...lines].join('\n')}\n`
  const [first = ''] = decisions
  return {
    [`1/impressions_2026-11-30_collect.${RUN}-1.csv`]: file(
      'event,banner_id,campaign_id',
      impressions,
    ),
    [`1/clicks_2026-11-30_collect.${RUN}-2.csv`]: file(
      'event,click_id,banner_id,campaign_id',
      clicks,
    ),
    [`1/conversions_2026-11-30_collect.${RUN}-3.csv`]: file(
      'event,conversion_id,click_id,revenue',
      conversions,
    ),
    // A line twice and half a line, as kills leave them.
    '.collect/decisions-2026-11-30.csv': `${file(
      'event,dataset,campaign_id,banner_id,probability,decided_at',
      [...decisions, first],
    )}${RUN}:9,1`,
  }
}

function evaluate(files: InputFiles) {
  return withFolder(async (folder) => {
    const input = join(folder, 'in')
    await writeFiles(input, files)
    return evaluateWithDecisions({ ...BUILD_DEFAULTS, input, out: '', allowMissing: true })
  })
}

describe('evaluateWithDecisions', () => {
  it('weighs what impressions earned by the probability that they were logged with', async () => {
    const { logged } = await evaluate(makeLogs())

    const values = Object.fromEntries(
      (logged?.policies ?? []).map(({ name, value }) => [name, value.value]),
    )
    expect(logged?.impressions).toBe(96)
    // Each of banners 1 to 10: Σ w·revenue / Σ w with w = 0.1 / 0.15 and 0.1 / 0.02.
    const pool = (6 * 4 * (0.1 / 0.15) + 4 * 4 * 2 * 5) / (6 * 8 * (0.1 / 0.15) + 4 * 8 * 5)
    expect(values.pools).toBeCloseTo(1_000 * pool, 8)
    expect(values.revenue_per_impression).toBeCloseTo(1_000 * pool, 8)
    // w = 1/12 / 0.15 and 1/12 / 0.02, of all twelve.
    expect(values.chance).toBeCloseTo(647.058_823_529, 8)
    const [{ effective_impressions = 0, is_enough = true } = {}] = logged?.policies ?? []
    expect(effective_impressions).toBeCloseTo(192 ** 2 / (48 * (2 / 3) ** 2 + 32 * 25), 8)
    expect(is_enough).toBe(false)
    expect(describeLogged(logged)).toEqual([
      '',
      'by the probability that 96 impressions were chosen with',
      expect.stringMatching(
        /^pools of the rules +917 \([\d,]+ to [\d,]+\), too few to decide by: as much as 45 /,
      ),
      expect.stringMatching(/^any banner at random +647 \([\d,]+ to [\d,]+\), too few/),
      expect.stringMatching(/^by revenue per impression +917 /),
      expect.stringMatching(/^the same, shrunk +/),
    ])
  })

  it('writes it beside the build', async () => {
    await withFolder(async (folder) => {
      const [input, out] = [join(folder, 'in'), join(folder, 'out')]
      await writeFiles(input, makeLogs())
      const options = { ...BUILD_DEFAULTS, input, out, allowMissing: true }

      await buildPools({ ...options, evaluate: addEvaluation })

      const { build_id } = await readManifest(join(out, 'current'))
      const written = await readEvaluation(join(out, 'current'), build_id)
      const { logged } = await evaluateWithDecisions(options)
      expect(written?.logged?.impressions).toBe(96)
      expect(written?.logged).toEqual(roundNumbers(logged))
    })
  })

  it('tells nothing of it where no probability was kept', async () => {
    const { '.collect/decisions-2026-11-30.csv': _, ...logs } = makeLogs()

    const { evaluation, logged } = await evaluate(logs)

    expect(logged).toBeNull()
    expect(describeLogged(logged)).toEqual([])
    expect(evaluation.overall.impressions).toBe(96)
  })
})
