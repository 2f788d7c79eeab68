/** What the dashboard shows: panels, and the PromQL of each. */
import { NO_CHOICES } from '../../server/banner/outcomes.ts'

/** A chart, or a number. */
export interface Panel {
  readonly title: string
  readonly kind: 'timeseries' | 'stat' | 'table'
  /** Of Grafana: `s`, `reqps`, `percentunit`, `bytes`, … */
  readonly unit: string
  /** PromQL, and what each of its series is called in the legend. */
  readonly queries: readonly (readonly [query: string, legend: string])[]
  readonly description?: string
}

/** Panels below one heading. */
export interface Row {
  readonly title: string
  readonly panels: readonly Panel[]
}

/** Chosen at the top of the dashboard. */
const WHERE = 'instance=~"$instance"'
const RANGE = '[$__rate_interval]'
const WITHOUT_BANNER = Object.keys(NO_CHOICES).join('|')

/** All panels, row by row, from what visitors see to what is behind it. */
export const ROWS: readonly Row[] = [
  {
    title: 'Banners',
    panels: [
      {
        title: 'Answers a second, by outcome',
        ...{ kind: 'timeseries', unit: 'reqps' },
        queries: [[`sum by (outcome) (${rate('requests_total')})`, '{{outcome}}']],
      },
      {
        title: 'Time to make an answer',
        ...{ kind: 'timeseries', unit: 's' },
        description: 'Without the network. The objective is 1 ms for 99 of 100.',
        queries: [quantile(0.5), quantile(0.99), quantile(0.999)],
      },
      {
        title: 'Share of answers without a banner, and of repeats',
        ...{ kind: 'timeseries', unit: 'percentunit' },
        queries: [
          [
            `sum(${rate('requests_total', `outcome=~"${WITHOUT_BANNER}"`)}) / sum(${rate('requests_total')})`,
            'without a banner',
          ],
          [
            `sum(${rate('repeats_total')}) / sum(${rate('requests_total', 'outcome="banner"')})`,
            'the banner that this visitor saw last',
          ],
          [
            `sum(${rate('requests_without_cookie_total')}) / sum(${rate('requests_total')})`,
            'visitors without a cookie',
          ],
        ],
      },
    ],
  },
  {
    title: 'What is served',
    panels: [
      {
        title: 'Build',
        ...{ kind: 'table', unit: 'none' },
        queries: [[`banner_pools_build_info{${WHERE}}`, '']],
      },
      {
        title: 'Age',
        ...{ kind: 'timeseries', unit: 's' },
        queries: [
          [`max by (instance) (banner_pools_build_age_seconds{${WHERE}})`, 'build, {{instance}}'],
          [
            `max by (instance) (banner_pools_change_age_seconds{${WHERE}})`,
            'last change, {{instance}}',
          ],
        ],
      },
      {
        title: 'Pools and campaigns',
        ...{ kind: 'timeseries', unit: 'none' },
        queries: [
          [`max(banner_pools_pools{${WHERE}})`, 'pools'],
          [`max(banner_pools_campaigns{${WHERE}})`, 'campaigns'],
        ],
      },
      {
        title: 'Reloads and changes',
        ...{ kind: 'timeseries', unit: 'cps' },
        queries: [
          [`sum by (result) (${rate('reloads_total')})`, 'reload {{result}}'],
          [`sum(${rate('changes_applied_total')})`, 'changes'],
          [`sum(${rate('change_gaps_total')})`, 'gaps'],
        ],
      },
      {
        title: 'Since what is on disk was last seen to be in use',
        ...{ kind: 'timeseries', unit: 's' },
        queries: [
          [
            `time() - min by (what) (banner_pools_last_good_look_timestamp_seconds{${WHERE}})`,
            '{{what}}',
          ],
        ],
      },
      {
        title: 'State of the changes',
        ...{ kind: 'timeseries', unit: 'none' },
        queries: [[`max by (state) (banner_pools_changes_state{${WHERE}})`, '{{state}}']],
      },
    ],
  },
  {
    title: 'The server',
    panels: [
      {
        title: 'Connections and requests that were refused',
        ...{ kind: 'timeseries', unit: 'cps' },
        queries: [
          [`sum by (reason) (${rate('connections_dropped_total')})`, 'connection, {{reason}}'],
          [`sum by (reason) (${rate('requests_refused_total')})`, 'request, {{reason}}'],
        ],
      },
      {
        title: 'Event loop lag',
        ...{ kind: 'timeseries', unit: 's' },
        queries: [
          [
            `max by (quantile) (banner_pools_event_loop_lag_seconds{${WHERE}})`,
            'quantile {{quantile}}',
          ],
        ],
      },
      {
        title: 'Log lines that were lost',
        ...{ kind: 'timeseries', unit: 'cps' },
        queries: [[`sum(${rate('log_lines_dropped_total')})`, 'lines']],
      },
    ],
  },
  {
    title: 'Events',
    panels: [
      {
        title: 'Events a second',
        ...{ kind: 'timeseries', unit: 'cps' },
        queries: [[`sum by (event) (${rate('events_total')})`, '{{event}}']],
      },
      {
        title: 'Events that do not count, by reason',
        ...{ kind: 'timeseries', unit: 'cps' },
        queries: [
          [`sum by (reason) (${rate('events_rejected_total')})`, '{{reason}}'],
          [`sum by (reason) (${rate('events_unkept_total')})`, 'not kept, {{reason}}'],
        ],
      },
      {
        title: 'Today',
        ...{ kind: 'timeseries', unit: 'none' },
        queries: [
          [`sum by (event) (banner_pools_events_today{${WHERE}})`, '{{event}}'],
          [
            `max(banner_pools_events_clicked_campaigns{${WHERE}})`,
            'campaigns with more clicks than impressions',
          ],
        ],
      },
    ],
  },
  {
    title: 'Follower',
    panels: [
      {
        title: 'Lines a second',
        ...{ kind: 'timeseries', unit: 'cps' },
        queries: [
          [`sum(${rate('follow_lines_total')})`, 'read'],
          [`sum(${rate('follow_rejected_total')})`, 'no rows'],
        ],
      },
      {
        title: 'How long the oldest line waits',
        ...{ kind: 'timeseries', unit: 's' },
        queries: [[`max(banner_pools_follow_unpublished_age_seconds{${WHERE}})`, 'age']],
      },
      {
        title: 'Seconds of the last change and the last build',
        ...{ kind: 'timeseries', unit: 's' },
        queries: [
          [`max(banner_pools_follow_change_seconds{${WHERE}})`, 'change'],
          [`max(banner_pools_follow_build_seconds{${WHERE}})`, 'build'],
        ],
      },
      {
        title: 'Memory of the counts',
        ...{ kind: 'timeseries', unit: 'bytes' },
        queries: [[`max(banner_pools_follow_state_bytes{${WHERE}})`, 'bytes']],
      },
      {
        title: 'Frozen, held, stand-by',
        ...{ kind: 'timeseries', unit: 'none' },
        queries: [
          [`max(banner_pools_follow_frozen{${WHERE}})`, 'frozen'],
          [`max(banner_pools_follow_held{${WHERE}})`, 'held'],
          [`max(banner_pools_follow_standby{${WHERE}})`, 'stand-by'],
        ],
      },
    ],
  },
  {
    title: 'Batch job',
    panels: [
      {
        title: 'Last run succeeded',
        ...{ kind: 'stat', unit: 'none' },
        queries: [[`min(banner_pools_batch_success{${WHERE}})`, '1 = yes']],
      },
      {
        title: 'Since the last success',
        ...{ kind: 'stat', unit: 's' },
        queries: [
          [`time() - max(banner_pools_batch_last_success_timestamp_seconds{${WHERE}})`, 'age'],
        ],
      },
      {
        title: 'Rows, and rows that are none',
        ...{ kind: 'timeseries', unit: 'none' },
        queries: [
          [`max(banner_pools_batch_rows{${WHERE}})`, 'rows'],
          [`max(banner_pools_batch_rejected_rows{${WHERE}})`, 'no rows'],
        ],
      },
    ],
  },
]

function rate(metric: string, where = ''): string {
  return `rate(banner_pools_${metric}{${where === '' ? '' : `${where}, `}${WHERE}}${RANGE})`
}

function quantile(share: number): readonly [string, string] {
  const buckets = `sum by (le) (${rate('request_duration_seconds_bucket')})`
  return [`histogram_quantile(${share}, ${buckets})`, `${share * 100} of 100`]
}
