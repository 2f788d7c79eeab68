/** A folder for builds that many tests begin with, made once a run: see test/helpers/shared-builds.ts. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export async function setup() {
  const folder = await mkdtemp(join(tmpdir(), 'banner-pools-shared-'))
  process.env.BANNER_POOLS_TEST_BUILDS = folder
  return () => rm(folder, { recursive: true, force: true })
}
