import { appendFile, cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { resolveBuildFolder } from '../../../contract/read.ts'
import { checkBuild } from '../../../pipeline/ask/check.ts'
import { diffBuilds } from '../../../pipeline/ask/diff.ts'
import { explainPools } from '../../../pipeline/ask/explain.ts'
import { readState, withState } from '../../../pipeline/ask/state.ts'
import { readRows } from '../../../pipeline/base/database.ts'
import { buildPools } from '../../../pipeline/build/build.ts'
import { BUILD_DEFAULTS } from '../../../pipeline/commands/features.ts'
import { publishTowards, startEpoch, writeHold } from '../../../scripts/lib/write-changes.ts'
import { csv, smallWorld } from '../../helpers/builds.ts'
import { createFolder, removeFolder, withFolder, writeFiles } from '../../helpers/folders.ts'

let folder: string
/** The small world with two changes on top, and a build of the rows that these lead to. */
let [live, newer, buildId, newerId] = ['', '', '', '']

beforeAll(async () => {
  folder = await createFolder()
  const build = async (name: string, files: Record<string, string>) => {
    const [input, out] = [join(folder, `${name}-logs`), join(folder, name)]
    await writeFiles(input, files)
    const { build_id } = await buildPools({ ...BUILD_DEFAULTS, input, out, maxRejectShare: 1 })
    return { out, id: build_id }
  }
  // Campaign 8 is new in dataset 2; in dataset 3 campaign 7 has nothing any more; in 1 banner 31 passes banner 30.
  const changed = {
    ...smallWorld(),
    '1/conversions_b.csv': csv('conversion_id,click_id,revenue', ['19,101,2']),
    '2/impressions_b.csv': csv('banner_id,campaign_id', ['40,8']),
    '3/impressions_3.csv': csv('banner_id,campaign_id', ['50,9']),
    '3/clicks_3.csv': csv('click_id,banner_id,campaign_id', []),
    '3/conversions_3.csv': csv('conversion_id,click_id,revenue', []),
  }
  const [older, later] = [await build('old', smallWorld()), await build('new', changed)]
  ;[live, newer, buildId, newerId] = [older.out, later.out, older.id, later.id]
  const change = { buildId, newer: await resolveBuildFolder(newer) }
  const previous = await publishTowards(live, {
    ...change,
    n: 1,
    previous: await startEpoch(live, buildId),
    touched: [
      { dataset: 1, campaign_ids: [7] },
      { dataset: 3, campaign_ids: [7] },
    ],
  })
  await publishTowards(live, {
    ...change,
    n: 2,
    previous,
    touched: [
      { dataset: 1, campaign_ids: [7] },
      { dataset: 2, campaign_ids: [8] },
      { dataset: 3, campaign_ids: [9] },
    ],
  })
})
afterAll(() => removeFolder(folder))

describe('withState', () => {
  it.each(['pools', 'banner_stats'])(
    'gives the %s that a build of the same rows has',
    async (name) => {
      const rowsOf = async (artifacts: string) =>
        withState(await readState(artifacts), (connection) =>
          readRows(connection, `select * from ${name} order by all`),
        )

      const rows = await rowsOf(live)

      expect(rows).toEqual(await rowsOf(newer))
      expect(rows.length).toBeGreaterThan(5)
    },
  )
})

describe('readState', () => {
  it('names the state', async () => {
    expect(await readState(live)).toMatchObject({ stateId: `${buildId}+2` })
    expect(await readState(await resolveBuildFolder(live))).toMatchObject({ stateId: buildId })
  })

  it.each([
    [
      'an altered change',
      (out: string) => appendFile(join(out, 'live', buildId, '1/change.json'), ' '),
    ],
    ['a missing change', (out: string) => rm(join(out, 'live', buildId, '1'), { recursive: true })],
    [
      'an altered hold',
      async (out: string) => {
        await writeHold(out, buildId, 1)
        await appendFile(join(out, 'live/hold.json'), ' ')
      },
    ],
  ])('refuses %s', async (_, spoil) => {
    await withFolder(async (copy) => {
      await cp(live, copy, { recursive: true, verbatimSymlinks: true })
      await spoil(copy)

      await expect(readState(copy)).rejects.toThrow(/^a change of build \w+ .*: /)
    })
  })

  it('goes no further than a hold', async () => {
    await withFolder(async (copy) => {
      await cp(live, copy, { recursive: true, verbatimSymlinks: true })
      await writeHold(copy, buildId, 1)

      expect(await readState(copy)).toMatchObject({ stateId: `${buildId}+1` })
    })
  })
})

describe('questions about a state', () => {
  it('are explained as in a build of the same rows', async () => {
    const [now, then] = await Promise.all(
      [live, newer].map((artifacts) => explainPools({ artifacts, campaignId: 7 })),
    )

    expect(now?.build_id).toBe(`${buildId}+2`)
    expect(now?.datasets).toEqual(then?.datasets)
  })

  it('are answered with the difference to a build, and to an earlier state', async () => {
    const none = async () => ({})
    const diff = (oldBuild: string, newBuild: string) =>
      diffBuilds({ oldBuild, newBuild, artifacts: live }, none)

    expect(await diff(live, newer)).toMatchObject({
      old_build_id: `${buildId}+2`,
      new_build_id: newerId,
      changed_pools: 0,
    })
    expect(await diff(buildId, live)).toMatchObject({ changed_pools: 4, old_build_id: buildId })
    expect(await diff(`${buildId}+1`, live)).toMatchObject({
      old_build_id: `${buildId}+1`,
      changed_pools: 2,
    })
    await expect(diff(`${buildId}+3`, live)).rejects.toThrow(
      `no such state, ${buildId}+2 is published: ${buildId}+3`,
    )
  })

  it('pass the data checks, and fail them where a change breaks a rule', async () => {
    expect(await checkBuild(live)).toMatchObject({ build_id: `${buildId}+2`, passed: true })

    await withFolder(async (copy) => {
      await cp(live, copy, { recursive: true, verbatimSymlinks: true })
      const { changes } = await readState(copy)
      // The pools of campaign 7 go, its candidates stay.
      await publishTowards(copy, {
        buildId,
        n: 3,
        previous: changes.at(-1)?.sha256 ?? '',
        newer: await resolveBuildFolder(newer),
        touched: [{ dataset: 4, campaign_ids: [7] }],
        without: 'pools.parquet',
      })
      const { passed, checks } = await checkBuild(copy)

      const failed = checks.filter((check) => !check.passed).map(({ name }) => name)
      expect(passed).toBe(false)
      expect(failed).toContain('candidate_campaigns_have_a_pool')
    })
  })
})
