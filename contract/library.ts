/**
 * `banner-pools/contract`: what a program of others needs to read a build. The docs of each name are beside its
 * declaration; what is here changes with a new version of the package only as semantic versioning says.
 */
export type { BannerStatsRow, PoolRow, RejectRow } from './columns.ts'
export {
  ArtifactError,
  type ArtifactFault,
  readManifest,
  readVerified,
  resolveBuildFolder,
  verifyFile,
} from './read.ts'
export {
  BANNER_STATS_FILE,
  BANNERS_FILE,
  BUILDS_FOLDER,
  CAMPAIGN_BANNERS_FILE,
  CURRENT_LINK,
  DATASETS,
  type Dataset,
  FORMAT_VERSION,
  MANIFEST_FILE,
  MAX_ID,
  type Manifest,
  type ManifestOutput,
  POOLS_FILE,
  REASONS,
  REJECTS_FILE,
  type Reason,
  type Source,
  type Table,
} from './schema.ts'
export { PROGRAM_VERSION } from './version.ts'
