// A worker thread does not inherit tsx's loader on Node 20, so it is registered here before any .ts file is imported.
import { register } from 'tsx/esm/api'

register()

export const {
  addRevenues,
  diffBuilds,
  drawCharts,
  explainCampaign,
  listBuilds,
  listCampaigns,
  locateBanner,
  readBannerDays,
  readBuild,
  readDays,
  readEvaluated,
  readRejects,
  readReport,
} = await import('./jobs.ts')
