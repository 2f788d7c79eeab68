/** For every check, ways to break its fact in the world of check-world.ts, and what all checks then find. */

/** A change to the published tables. */
export interface Offence {
  /** The check whose fact it breaks. */
  readonly breaks: string
  readonly name: string
  readonly sql: string
  /** The change is to `banner_stats`, and the pools are made again of it. */
  readonly isRepublished?: true
  /** Every check that finds something, and how many rows. */
  readonly failing: Readonly<Record<string, number>>
}

/** All offences, in the order of checks. */
export const OFFENCES: readonly Offence[] = [
  {
    breaks: 'campaigns_of_the_previous_build_remain',
    name: 'a campaign that is gone',
    sql: 'insert into previous_pools values (1, 77, 30), (1, 77, 31)',
    failing: { campaigns_of_the_previous_build_remain: 1 },
  },
  {
    breaks: 'candidate_campaigns_have_a_pool',
    name: 'a campaign without its pool',
    sql: 'delete from pools where dataset = 1 and campaign_id = 8',
    failing: {
      candidate_campaigns_have_a_pool: 1,
      pools_follow_the_size_rule: 1,
      stats_and_pools_agree: 5,
    },
  },
  {
    breaks: 'clicked_banners_were_shown',
    name: 'a clicked banner without impressions',
    sql: changeStats('impressions = 0', 7, 41),
    failing: { clicked_banners_were_shown: 1, stats_agree_with_accepted_rows: 1 },
  },
  {
    breaks: 'conversions_have_their_click',
    name: 'an orphan',
    sql: "update rejects set reason = 'orphan' where line = 5",
    failing: { conversions_have_their_click: 1 },
  },
  {
    breaks: 'datasets_are_known',
    name: 'a fifth dataset',
    sql: changeStats('dataset = 5', 7, 42),
    failing: {
      candidate_campaigns_have_a_pool: 1,
      datasets_are_known: 1,
      pools_follow_the_size_rule: 1,
      stats_agree_with_accepted_rows: 1,
    },
  },
  {
    breaks: 'datasets_have_pools',
    name: 'a dataset without pools',
    sql: 'delete from pools where dataset = 4; delete from banner_stats where dataset = 4',
    failing: { datasets_have_pools: 1, stats_agree_with_accepted_rows: 1 },
  },
  {
    breaks: 'datasets_share_no_ids',
    name: 'click ids that stand in two datasets',
    sql: "update measures set amount = 3 where name = 'shared_click_ids'",
    failing: { datasets_share_no_ids: 1 },
  },
  {
    breaks: 'ids_have_one_meaning',
    name: 'a conflict',
    sql: "update rejects set reason = 'conflict' where line = 9",
    failing: { ids_have_one_meaning: 1 },
  },
  {
    breaks: 'lines_are_accounted_for',
    name: 'a line more than accepted, rejected and duplicate ones',
    sql: "update inputs set row_count = row_count + 1 where path = '1/clicks.csv'",
    failing: { lines_are_accounted_for: 1 },
  },
  {
    breaks: 'lists_are_published_whole',
    name: 'a banner that is lost',
    sql: 'delete from banners where banner_id = 31',
    failing: { lists_are_published_whole: 1 },
  },
  {
    breaks: 'lists_are_published_whole',
    name: 'a banner that is there twice',
    sql: 'update banners set banner_id = 30',
    failing: { lists_are_published_whole: 1 },
  },

  ...[
    {
      name: 'the tenth and the eleventh by revenue changed about',
      sql: exchange({ campaign: 7, leaving: 39, entering: 40, rank: 10 }),
    },
    {
      name: 'the fifth and the sixth by clicks changed about',
      sql: exchange({ campaign: 9, leaving: 34, entering: 35, rank: 5 }),
    },
    {
      name: 'a banner drawn at random in the place of a clicked one',
      sql: exchange({ campaign: 10, leaving: 31, entering: 33, rank: 2 }),
    },
  ].map((offence) => ({
    ...offence,
    breaks: 'no_better_banner_is_out',
    isRepublished: true as const,
    failing: { no_better_banner_is_out: 1 },
  })),
  ...[
    { name: 'less revenue above more', campaign: 8, ranks: [1, 2] as const },
    { name: 'fewer clicks above more', campaign: 9, ranks: [2, 3] as const },
    { name: 'a clicked banner above a converted one', campaign: 9, ranks: [1, 2] as const },
  ].map(({ name, campaign, ranks }) => ({
    breaks: 'pools_are_in_order',
    name,
    sql: swapRanks({ campaign, ranks }),
    isRepublished: true as const,
    failing: { pools_are_in_order: 1 },
  })),
  {
    breaks: 'pools_are_in_order',
    name: 'equal clicks with the higher banner_id above',
    sql: `${changeStats('clicks = 6', 9, 32)}; ${swapRanks({ campaign: 9, ranks: [2, 3] })}`,
    isRepublished: true,
    failing: { pools_are_in_order: 1, stats_agree_with_accepted_rows: 1 },
  },
  {
    breaks: 'pools_follow_the_size_rule',
    name: 'a sixth banner where one converted',
    sql: changeStats("pool_rank = 6, reason = 'in_clicks_after_converted'", 9, 35),
    isRepublished: true,
    failing: { pools_follow_the_size_rule: 1 },
  },
  {
    breaks: 'pools_follow_the_size_rule',
    name: 'a banner missing where five converted',
    sql: changeStats("pool_rank = null, reason = 'out_not_converted'", 8, 34),
    isRepublished: true,
    failing: {
      pools_follow_the_size_rule: 1,
      pools_have_every_converted_banner_up_to_top_size: 1,
    },
  },
  {
    breaks: 'pools_keep_a_banner_of_the_previous_build',
    name: 'a pool of other banners',
    sql: 'insert into previous_pools values (1, 8, 98), (1, 8, 99)',
    failing: { pools_keep_a_banner_of_the_previous_build: 1 },
  },
  {
    breaks: 'revenues_are_stored_as_given',
    name: 'a revenue that was rounded',
    sql: "update inputs set rounded = 1 where path = '1/conversions.csv'",
    failing: { revenues_are_stored_as_given: 1 },
  },
  // 45 clicks were accepted in dataset 1; half of 90 and one and a half of 30 are not more than by half.
  ...[91, 29].map((accepted) => ({
    breaks: 'rows_are_like_the_previous_build',
    name: `${accepted} clicks before`,
    sql: `update previous_inputs set accepted = ${accepted} where log = 'clicks'`,
    failing: { rows_are_like_the_previous_build: 1 },
  })),
  ...[
    ['the wrong source', "'random'"],
    ['no source', 'null'],
  ].map(([name, source]) => ({
    breaks: 'sources_agree_with_figures',
    name: `a converted banner with ${name}`,
    sql: changePools(`source = ${source}`, 5),
    failing: { sources_agree_with_figures: 1 },
  })),
  {
    breaks: 'pools_have_every_converted_banner_up_to_top_size',
    name: 'a clicked banner as the tenth of eleven converted',
    sql: exchange({ campaign: 7, leaving: 39, entering: 41, rank: 10 }),
    isRepublished: true,
    failing: { no_better_banner_is_out: 2, pools_have_every_converted_banner_up_to_top_size: 1 },
  },
  {
    breaks: 'pools_have_no_banner_twice',
    name: 'the first banner as the second too',
    sql: changePools('banner_id = 30', 2),
    failing: { pools_have_no_banner_twice: 1, stats_and_pools_agree: 2 },
  },
  ...[
    { name: 'a rank left out', rank: 6 },
    { name: 'a rank twice', rank: 4 },
  ].map(({ name, rank }) => ({
    breaks: 'pools_ranks_have_no_gaps',
    name,
    sql: changeStats(`pool_rank = ${rank}`, 8, 34),
    isRepublished: true as const,
    failing: { pools_ranks_have_no_gaps: 1 },
  })),
  {
    breaks: 'pools_ranks_have_no_gaps',
    name: 'ranks from 0',
    sql: 'update banner_stats set pool_rank = pool_rank - 1 where dataset = 1 and campaign_id = 8',
    isRepublished: true,
    failing: { pools_ranks_have_no_gaps: 5 },
  },
  ...[
    ['in the pool with a reason to be out', "'out_no_clicks'", 30],
    ['out of the pool with a reason to be in', "'in_top_clicks'", 35],
    ['without a reason', 'null', 30],
    ['with a word for a reason that only looks like one', "'inside'", 30],
  ].map(([name, reason, banner]) => ({
    breaks: 'reasons_agree_with_ranks',
    name: `a banner ${name}`,
    sql: changeStats(`reason = ${reason}`, 8, Number(banner)),
    failing: { reasons_agree_with_ranks: 1 },
  })),
  {
    breaks: 'rejects_agree_with_inputs',
    name: 'a rejected line that was not kept',
    sql: 'delete from rejects where line = 9',
    failing: { rejects_agree_with_inputs: 1 },
  },
  {
    breaks: 'rejects_agree_with_inputs',
    name: 'a rejected line of a file that is no input',
    sql: "update rejects set file = '1/other.csv' where line = 5",
    failing: { rejects_agree_with_inputs: 2 },
  },
  {
    breaks: 'stats_agree_with_accepted_rows',
    name: 'a lost impression',
    sql: `update inputs set row_count = row_count + 1, accepted = accepted + 1
          where path = '1/impressions_a.csv'`,
    failing: { stats_agree_with_accepted_rows: 1 },
  },
  ...[
    ['an impression', 'impressions = impressions + 1', 42],
    ['a click', 'clicks = clicks + 1', 41],
    ['a conversion', 'conversions = conversions + 1', 40],
  ].map(([name, change, banner]) => ({
    breaks: 'stats_agree_with_accepted_rows',
    name: `${name} counted twice`,
    sql: changeStats(String(change), 7, Number(banner)),
    failing: { stats_agree_with_accepted_rows: 1 },
  })),
  ...['revenue', 'clicks', 'conversions', 'impressions'].map((column) => ({
    breaks: 'stats_and_pools_agree',
    name: `other ${column} in a pool`,
    sql: changePools(`${column} = ${column} + 1`, 1),
    failing: { stats_and_pools_agree: 1 },
  })),
  {
    breaks: 'stats_and_pools_agree',
    name: 'a banner in a pool that is no candidate',
    sql: changePools('banner_id = 99', 5),
    failing: { stats_and_pools_agree: 2 },
  },
]

/** Changes a row of campaign 8's pool in dataset 1. */
function changePools(change: string, rank: number): string {
  return `update pools set ${change} where dataset = 1 and campaign_id = 8 and rank = ${rank}`
}

/** Changes a candidate of dataset 1. */
function changeStats(change: string, campaign: number, banner: number): string {
  return `update banner_stats set ${change}
    where dataset = 1 and campaign_id = ${campaign} and banner_id = ${banner}`
}

interface Exchange {
  readonly campaign: number
  readonly leaving: number
  readonly entering: number
  readonly rank: number
}

function exchange({ campaign, leaving, entering, rank }: Exchange): string {
  const out = changeStats("pool_rank = null, reason = 'out_not_drawn'", campaign, leaving)
  const into = changeStats(`pool_rank = ${rank}, reason = 'in_top_clicks'`, campaign, entering)
  return `${out}; ${into}`
}

interface Swap {
  readonly campaign: number
  readonly ranks: readonly [number, number]
}

function swapRanks({ campaign, ranks: [upper, lower] }: Swap): string {
  return `update banner_stats set pool_rank = ${upper + lower} - pool_rank
    where dataset = 1 and campaign_id = ${campaign} and pool_rank in (${upper}, ${lower})`
}
