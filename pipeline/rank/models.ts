/** A file of `sql/`: a bare select, whose result becomes the table or view of the same name. */
export interface Model {
  readonly name: string
  readonly folder: 'staging' | 'marts'
  readonly kind: 'table' | 'view'
}

/** The whole way from loaded rows to pools, in order. A view is read once, or costs nothing to read. */
export const MODELS: readonly Model[] = [
  { name: 'rules', folder: 'staging', kind: 'table' },
  { name: 'stg_impressions', folder: 'staging', kind: 'table' },
  { name: 'repeated_clicks', folder: 'staging', kind: 'table' },
  { name: 'repeated_conversions', folder: 'staging', kind: 'table' },
  { name: 'stg_clicks', folder: 'staging', kind: 'view' },
  { name: 'stg_conversions', folder: 'staging', kind: 'view' },
  { name: 'stg_campaign_banners', folder: 'staging', kind: 'table' },
  { name: 'banner_clicks', folder: 'marts', kind: 'table' },
  { name: 'banner_conversions', folder: 'marts', kind: 'table' },
  { name: 'banner_counts', folder: 'marts', kind: 'table' },
  { name: 'candidates', folder: 'marts', kind: 'view' },
  { name: 'pool_sizes', folder: 'marts', kind: 'table' },
  { name: 'fill_candidates', folder: 'marts', kind: 'table' },
  { name: 'random_ranks', folder: 'marts', kind: 'table' },
  { name: 'banner_ranks', folder: 'marts', kind: 'view' },
  { name: 'pool_places', folder: 'marts', kind: 'view' },
  { name: 'banner_stats', folder: 'marts', kind: 'table' },
  { name: 'pools', folder: 'marts', kind: 'table' },
  { name: 'orphans', folder: 'staging', kind: 'table' },
  { name: 'unfit_rows', folder: 'staging', kind: 'view' },
  { name: 'duplicate_rows', folder: 'staging', kind: 'view' },
]
