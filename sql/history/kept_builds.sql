-- kept_builds: the builds that stay in the history.
--
-- Grain: one row per (created_at, build_id).
-- Reads: recorded_builds.
-- Those of a follower, which come every few minutes, are thinned: the last of
-- each hour after a day, the last of each day after a month.
-- Columns:
--   created_at         varchar
--   build_id           varchar
--   made_by            varchar
--   previous_build_id  varchar
--   inputs             bigint
--   rows               bigint
--   accepted           bigint
--   rejected           bigint
--   duplicates         bigint
--   campaigns          bigint
--   pools              bigint
--   candidates         bigint
--   revenue            decimal(18,6)
--   pool_revenue       decimal(18,6)
--   changed_pools      bigint
--   banners_entered    bigint
--   banners_left       bigint
--   warned_checks      bigint
--   honest             double
--   chance             double
--   naive              double
with aged as (
    select
        recorded_builds.created_at,
        recorded_builds.build_id,
        row_number() over (
            partition by
                recorded_builds.made_by,
                substr(recorded_builds.created_at, 1, 13)
            order by
                recorded_builds.created_at desc,
                recorded_builds.build_id asc
        ) as place_in_hour,
        row_number() over (
            partition by
                recorded_builds.made_by,
                substr(recorded_builds.created_at, 1, 10)
            order by
                recorded_builds.created_at desc,
                recorded_builds.build_id asc
        ) as place_in_day
    from recorded_builds
)

select
    recorded_builds.created_at,
    recorded_builds.build_id,
    recorded_builds.made_by,
    recorded_builds.previous_build_id,
    recorded_builds.inputs,
    recorded_builds.rows,
    recorded_builds.accepted,
    recorded_builds.rejected,
    recorded_builds.duplicates,
    recorded_builds.campaigns,
    recorded_builds.pools,
    recorded_builds.candidates,
    recorded_builds.revenue,
    recorded_builds.pool_revenue,
    recorded_builds.changed_pools,
    recorded_builds.banners_entered,
    recorded_builds.banners_left,
    recorded_builds.warned_checks,
    recorded_builds.honest,
    recorded_builds.chance,
    recorded_builds.naive
from recorded_builds
inner join aged
    on recorded_builds.created_at = aged.created_at
    and recorded_builds.build_id = aged.build_id
where
    recorded_builds.made_by = 'batch'
    or aged.created_at >= getvariable('day_ago')
    or (aged.created_at >= getvariable('month_ago') and aged.place_in_hour = 1)
    or aged.place_in_day = 1
order by recorded_builds.created_at asc, recorded_builds.build_id asc
