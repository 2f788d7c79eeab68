/** A process that reads builds as the server does, and tells how it went: it may be killed by one, and the test may not. */
import { ArtifactError } from '../../contract/read.ts'
import { BANNER_STATS_FILE, type Manifest } from '../../contract/schema.ts'
import { addRevenues, explainCampaign } from '../../server/explorer/data/jobs.ts'
import { loadBuild } from '../../server/pools/load.ts'

/** What the process is told: a folder of one build. */
export interface HostileBuild {
  readonly folder: string
  readonly manifest: Manifest
}

/** What it says: a line each of the pools, the candidates and the revenues; `read` if there was nothing to say. */
export interface HostileReply {
  readonly lines: readonly string[]
  readonly peakBytes: number
}

process.on('message', async (build: HostileBuild) => {
  const lines = [await readPools(build), await readFigures(build), await readRevenues(build)]
  const reply: HostileReply = { lines, peakBytes: process.resourceUsage().maxRSS * 1024 }
  process.send?.(reply)
})

async function readPools({ folder }: HostileBuild): Promise<string> {
  try {
    await loadBuild(folder, undefined)
    return 'read'
  } catch (error) {
    return error instanceof ArtifactError ? error.message : `bug: ${(error as Error).stack}`
  }
}

async function readFigures({ folder, manifest }: HostileBuild): Promise<string> {
  const listed = manifest.outputs.find(({ file }) => file === BANNER_STATS_FILE)
  if (listed === undefined) return 'bug: no figures'
  const job = { file: { folder, listed }, campaignId: 12, bannerId: undefined }
  return tell(explainCampaign(job))
}

async function readRevenues({ folder, manifest }: HostileBuild): Promise<string> {
  const [listed] = manifest.outputs
  if (listed === undefined) return 'bug: no pools'
  return tell(addRevenues({ file: { folder, listed }, pools: [[{ start: 0, end: 1_000 }]] }))
}

async function tell(outcome: Promise<{ fault: string } | { result: unknown }>): Promise<string> {
  try {
    const told = await outcome
    return 'fault' in told ? told.fault : 'read'
  } catch (error) {
    return `bug: ${(error as Error).stack}`
  }
}
