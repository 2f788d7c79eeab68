import { join } from 'node:path'
import { NO_DENYLIST } from '../../contract/denylist.ts'
import { buildPools } from '../../pipeline/build/build.ts'
import type { BuildOptions } from '../../pipeline/build/options.ts'
import { BUILD_DEFAULTS } from '../../pipeline/commands/features.ts'
import { createDetails, type Details } from '../../server/explorer/data/details.ts'
import { createExplorer } from '../../server/explorer/explorer.ts'
import type { ExplorerOptions } from '../../server/explorer/page-context.ts'
import { createExplorerRoutes } from '../../server/explorer/routes.ts'
import type { LoadedBuild } from '../../server/pools/load.ts'
import { loadBuild } from '../../server/pools/load.ts'
import { appWith } from '../server/app-with.ts'
import { csv, type InputFiles } from './builds.ts'
import { createFolder, removeFolder, writeFiles } from './folders.ts'
import { copyShared } from './shared-builds.ts'

/** Minute 20: quarter 2 is live. */
const NOW = new Date('2026-11-01T09:20:00Z')

/** Milliseconds: a slow machine is no fault of what is tested. */
const PATIENCE_MS = 60_000

/** A build in memory, and what reads its files. */
export interface OpenBuild {
  readonly out: string
  readonly build: LoadedBuild
  readonly details: Details
  /** What was said of files that cannot be used. */
  readonly faults: string[]
}

/**
 * Logs with something of all that the explorer shows.
 *
 * Campaign 7, quarter 1: the converted banners 30 to 41 with 1,230.00, 1,130.00 … 130.00 revenue and a click each, of
 * which ten are in the pool, and 42, shown only. Quarter 2: banner 30 alone, shown. Campaign 8, quarter 2: banner 20.
 * Campaigns 1000 to 1059, quarter 4: banner 50, shown.
 */
export function explorerWorld(): Record<string, string> {
  const files: Record<string, string> = {}
  const twelve = Array.from({ length: 12 }, (_, place) => place)
  const sixty = Array.from({ length: 60 }, (_, place) => `50,${1000 + place}`)
  const impressions = [
    ['42,7', ...twelve.map((place) => `${30 + place},7`)],
    ['30,7', '20,8'],
    [],
    sixty,
  ]
  for (const [place, rows] of impressions.entries()) {
    const folder = place + 1
    files[`${folder}/impressions.csv`] = csv('banner_id,campaign_id', rows)
    const clicks = folder === 1 ? twelve.map((nth) => `${nth + 1},${30 + nth},7`) : []
    const conversions =
      folder === 1 ? twelve.map((nth) => `${nth + 1},${nth + 1},${1230 - 100 * nth}`) : []
    files[`${folder}/clicks.csv`] = csv('click_id,banner_id,campaign_id', clicks)
    files[`${folder}/conversions.csv`] = csv('conversion_id,click_id,revenue', conversions)
  }
  return files
}

/** Builds from files and opens the result as the server does; `close` at the end. */
export async function openBuild(
  files: InputFiles,
  changes: Partial<BuildOptions> = {},
): Promise<OpenBuild & { close: () => Promise<void> }> {
  const folder = await createFolder()
  async function prepare(place: string): Promise<void> {
    const [input, out] = [join(place, 'in'), join(place, 'out')]
    await writeFiles(input, files)
    await buildPools({ ...BUILD_DEFAULTS, input, out, maxRejectShare: 1, ...changes })
  }
  if (Object.keys(changes).length > 0) await prepare(folder)
  else await copyShared(folder, JSON.stringify(files), prepare)
  const out = join(folder, 'out')
  const build = await loadBuild(out, undefined)
  if (build === undefined) throw new Error('a first build cannot be the known one')
  const faults: string[] = []
  const details = createDetails((fault) => faults.push(fault), PATIENCE_MS)
  const close = async () => {
    await details.stop()
    await removeFolder(folder)
  }
  return { out, build, details, faults, close }
}

/** Gives `fn` a build of {@link openBuild} and closes it afterwards. */
export async function withOpenBuild(
  files: InputFiles,
  fn: (open: OpenBuild) => Promise<void>,
  changes: Partial<BuildOptions> = {},
): Promise<void> {
  const open = await openBuild(files, changes)
  try {
    await fn(open)
  } finally {
    await open.close()
  }
}

/** An app with the explorer of a build. Draws always take the first banner that can be drawn. */
export function explorerApp(
  { build, details }: Pick<OpenBuild, 'build' | 'details'>,
  changes: Partial<ExplorerOptions> & Parameters<typeof appWith>[0] = {},
) {
  const explorer = createExplorer({
    build: () => build,
    details,
    denylist: () => NO_DENYLIST,
    now: () => NOW,
    random: () => 0,
    maxAge: 36,
    currency: '',
    guarded: async () => [],
    record: () => {},
    ...changes,
  })
  const routes = createExplorerRoutes(explorer)
  return appWith({ ...changes, pools: () => build.pools, explorer: routes })
}
