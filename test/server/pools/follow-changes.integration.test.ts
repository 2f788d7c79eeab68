import { appendFile, mkdir, readFile, rename, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  type PoolsByCampaign,
  rowsOf,
  writeBuild,
  writeManifest,
} from '../../../scripts/lib/pool-files.ts'
import {
  publishChange,
  removeHold,
  startEpoch,
  writeHold,
} from '../../../scripts/lib/write-changes.ts'
import { describeChanges } from '../../../server/pools/changes/describe.ts'
import type { ChainGap } from '../../../server/pools/changes/read-chain.ts'
import { type FollowedBuild, followBuild, type Reload } from '../../../server/pools/follow.ts'
import { bannersOf, findPools, slotOf } from '../../../server/pools/pools.ts'
import { withFolder } from '../../helpers/folders.ts'

const A = 'aaaaaaaa'
const B = 'bbbbbbbb'

let stop = () => {}
afterEach(() => stop())

/** An artifacts folder with build aaaaaaaa, whose campaign 7 has banner 30, and a run of changes on top of it. */
class Artifacts {
  readonly folder: string
  readonly reloads: Reload[] = []
  readonly gaps: ChainGap[] = []
  count = 0
  last = ''
  followed: FollowedBuild | undefined

  constructor(folder: string) {
    this.folder = folder
  }

  async addBuild(id: string, campaigns: PoolsByCampaign): Promise<void> {
    const build = join(this.folder, 'builds', id)
    await mkdir(build, { recursive: true })
    await writeBuild(build, rowsOf(campaigns))
    await writeManifest(build, await readFile(join(build, 'pools.parquet')), { build_id: id })
  }

  async makeCurrent(id: string): Promise<void> {
    await symlink(join('builds', id), join(this.folder, 'next'))
    await rename(join(this.folder, 'next'), join(this.folder, 'current'))
  }

  /** Publishes the change that comes after the last one. */
  async publish(n: number, campaigns: PoolsByCampaign, fields = {}, buildId = A): Promise<void> {
    const change = { buildId, n, campaigns, previous: this.last, fields }
    this.last = await publishChange(this.folder, change)
  }

  async follow(): Promise<void> {
    const followed = await followBuild(
      this.folder,
      {
        reload: (reload) => this.reloads.push(reload),
        change: () => this.count++,
        gap: (gap) => this.gaps.push(gap),
      },
      { everyMs: 20 },
    )
    this.followed = followed
    stop = followed.stop
  }

  state(): string {
    return this.followed?.build().pools.buildId ?? ''
  }

  /** What campaigns serve in quarter 1; undefined: unknown. */
  served(...campaigns: number[]): (readonly number[] | undefined)[] {
    const pools = this.followed?.build().pools
    return campaigns.map((campaign) => {
      if (pools === undefined) return undefined
      const index = findPools(pools, campaign)
      return index < 0 ? undefined : bannersOf(pools, slotOf(index, 1))
    })
  }

  waitFor(state: string): Promise<void> {
    return vi.waitFor(() => expect(this.state()).toBe(state))
  }

  /** Long enough for several looks. */
  rest(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, 300))
  }
}

function withArtifacts(fn: (artifacts: Artifacts) => Promise<void>): Promise<void> {
  return withFolder(async (folder) => {
    const artifacts = new Artifacts(folder)
    await artifacts.addBuild(A, { 7: [30] })
    artifacts.last = await startEpoch(folder, A)
    await artifacts.makeCurrent(A)
    await fn(artifacts)
  })
}

describe('followBuild, with changes on top of the build', () => {
  it('applies each change, in order', async () => {
    await withArtifacts(async (artifacts) => {
      await artifacts.follow()
      expect(artifacts.state()).toBe(A)

      await artifacts.publish(1, { 7: [30, 10] })
      await artifacts.waitFor(`${A}+1`)
      expect(artifacts.served(7, 8)).toEqual([[30, 10], undefined])

      await artifacts.publish(2, { 8: [20] })
      await artifacts.publish(3, { 7: [50] })
      await artifacts.waitFor(`${A}+3`)
      expect(artifacts.served(7, 8)).toEqual([[50], [20]])
      expect(artifacts.count).toBe(3)
      expect(artifacts.reloads).toEqual([])
    })
  })

  it('no longer knows a campaign whose rows are gone', async () => {
    await withArtifacts(async (artifacts) => {
      await artifacts.follow()
      await artifacts.publish(1, { 7: [], 8: [20] })

      await artifacts.waitFor(`${A}+1`)
      expect(artifacts.served(7, 8)).toEqual([undefined, [20]])
      expect(artifacts.followed?.build().pools).toMatchObject({ campaignCount: 1, poolCount: 4 })
    })
  })

  it('begins anew when the same build has another epoch', async () => {
    await withArtifacts(async (artifacts) => {
      await artifacts.publish(1, { 7: [10] })
      await artifacts.follow()
      const { folder } = artifacts
      await rename(join(folder, 'live', A), join(folder, 'live/.old'))
      await artifacts.waitFor(A)
      artifacts.last = await startEpoch(folder, A, 'f0f0f0f0f0f0f0f0')
      await artifacts.publish(1, { 7: [11] }, { epoch: 'f0f0f0f0f0f0f0f0' })

      await artifacts.waitFor(`${A}+1`)
      await vi.waitFor(() => expect(artifacts.served(7)).toEqual([[11]]))
    })
  })
})

describe('followBuild, when a change cannot be applied', () => {
  it('stays where it is, whatever comes behind, and takes the next build', async () => {
    await withArtifacts(async (artifacts) => {
      await artifacts.follow()
      await artifacts.publish(2, { 7: [10] }, { from: 1 })
      await vi.waitFor(() => expect(artifacts.gaps).toHaveLength(1))
      await artifacts.publish(3, { 7: [11] })
      await artifacts.rest()

      expect(artifacts.state()).toBe(A)
      expect(artifacts.gaps).toEqual([
        { fault: 'bad', message: `after ${A}: follows change 1, expected 0` },
      ])
      const build = artifacts.followed?.build()
      expect(build && describeChanges(build)).toMatchObject({ state: 'gap', n: 0 })
      await artifacts.addBuild(B, { 7: [12] })
      await artifacts.makeCurrent(B)
      await artifacts.waitFor(B)
      expect(artifacts.served(7)).toEqual([[12]])
    })
  })

  it('never goes back to a build whose first change is bad', async () => {
    await withArtifacts(async (artifacts) => {
      await artifacts.publish(1, { 7: [10] })
      await artifacts.follow()
      const { folder } = artifacts
      await artifacts.addBuild(B, { 7: [30] })
      artifacts.last = await startEpoch(folder, B)
      await artifacts.publish(1, { 7: [10] }, {}, B)
      await appendFile(join(folder, 'live', B, '1/change.json'), ' ')
      await artifacts.makeCurrent(B)
      await vi.waitFor(() => expect(artifacts.reloads).toHaveLength(1))

      expect(artifacts.state()).toBe(`${A}+1`)
      expect(artifacts.reloads).toMatchObject([{ result: 'error', onDisk: 'bad' }])
      expect(artifacts.served(7)).toEqual([[10]])
    })
  })

  it('serves the next build together with what lies on top of it', async () => {
    await withArtifacts(async (artifacts) => {
      await artifacts.publish(1, { 7: [10] })
      await artifacts.follow()
      const seen = new Set<string>()
      const timer = setInterval(() => seen.add(`${artifacts.state()} ${artifacts.served(7)}`), 1)
      await artifacts.addBuild(B, { 7: [30] })
      artifacts.last = await startEpoch(artifacts.folder, B)
      await artifacts.publish(1, { 7: [10] }, {}, B)
      await artifacts.makeCurrent(B)
      await artifacts.waitFor(`${B}+1`)
      clearInterval(timer)

      expect([...seen].filter((one) => !one.startsWith(`${B}+1`))).toEqual([`${A}+1 10`])
    })
  })
})

describe('followBuild, while publication is held', () => {
  it('applies nothing beyond the hold, and goes on when it is released', async () => {
    await withArtifacts(async (artifacts) => {
      await artifacts.publish(1, { 7: [10] })
      await artifacts.publish(2, { 7: [11] })
      await writeHold(artifacts.folder, A, 1)
      await artifacts.follow()
      await artifacts.publish(3, { 7: [12] })
      await artifacts.rest()
      expect(artifacts.state()).toBe(`${A}+1`)
      const build = artifacts.followed?.build()
      expect(build && describeChanges(build)).toMatchObject({ state: 'held', n: 1 })

      await removeHold(artifacts.folder)
      await artifacts.waitFor(`${A}+3`)
      expect(artifacts.gaps).toEqual([])
    })
  })
})
