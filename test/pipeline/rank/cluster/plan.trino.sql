-- Work schema hive.pools_BUILD_ID, the default one of all statements.
-- Files, in s3://bucket/work/pools_BUILD_ID/
--   1/impressions_1.csv -> raw/raw_impressions_1/1_0.csv
--   2/impressions_2.csv -> raw/raw_impressions_1/2_5.csv
--   3/impressions_3.csv -> raw/raw_impressions_1/3_10.csv
--   4/impressions_4.csv -> raw/raw_impressions_1/4_14.csv
--   1/clicks_1.csv -> raw/raw_clicks_1/1_1.csv
--   1/clicks_c.csv.gz -> raw/raw_clicks_1/1_3.csv.gz
--   2/clicks_2.csv -> raw/raw_clicks_1/2_7.csv
--   3/clicks_3.csv -> raw/raw_clicks_1/3_11.csv
--   4/clicks_4.csv -> raw/raw_clicks_1/4_15.csv
--   1/clicks_b.csv -> raw/raw_clicks_2/1_2.csv
--   1/conversions_1.csv -> raw/raw_conversions_1/1_4.csv
--   2/conversions_2.csv -> raw/raw_conversions_1/2_9.csv
--   3/conversions_3.csv -> raw/raw_conversions_1/3_13.csv
--   4/conversions_4.csv -> raw/raw_conversions_1/4_16.csv
--   2/impressions_b.csv -> raw/raw_impressions_2/2_6.csv
--   2/clicks_b.csv -> raw/raw_clicks_3/2_8.csv

-- create schema
create schema hive.pools_BUILD_ID
with (location = 's3://bucket/work/pools_BUILD_ID/');

-- raw_impressions_1
create table raw_impressions_1 (
    banner_id varchar,
    campaign_id varchar,
    beyond varchar
)
with (
    external_location = 's3://bucket/work/pools_BUILD_ID/raw/raw_impressions_1',
    format = 'TEXTFILE',
    textfile_field_separator = ',',
    skip_header_line_count = 1
);

-- raw_clicks_1
create table raw_clicks_1 (
    click_id varchar,
    banner_id varchar,
    campaign_id varchar,
    beyond varchar
)
with (
    external_location = 's3://bucket/work/pools_BUILD_ID/raw/raw_clicks_1',
    format = 'TEXTFILE',
    textfile_field_separator = ',',
    skip_header_line_count = 1
);

-- raw_clicks_2
create table raw_clicks_2 (
    banner_id varchar,
    ignored_1 varchar,
    click_id varchar,
    campaign_id varchar,
    beyond varchar
)
with (
    external_location = 's3://bucket/work/pools_BUILD_ID/raw/raw_clicks_2',
    format = 'TEXTFILE',
    textfile_field_separator = ',',
    skip_header_line_count = 1
);

-- raw_conversions_1
create table raw_conversions_1 (
    conversion_id varchar,
    click_id varchar,
    revenue varchar,
    beyond varchar
)
with (
    external_location = 's3://bucket/work/pools_BUILD_ID/raw/raw_conversions_1',
    format = 'TEXTFILE',
    textfile_field_separator = ',',
    skip_header_line_count = 1
);

-- raw_impressions_2
create table raw_impressions_2 (
    banner_id varchar,
    campaign_id varchar,
    row_count varchar,
    beyond varchar
)
with (
    external_location = 's3://bucket/work/pools_BUILD_ID/raw/raw_impressions_2',
    format = 'TEXTFILE',
    textfile_field_separator = ','
);

-- raw_clicks_3
create table raw_clicks_3 (
    click_id varchar,
    banner_id varchar,
    campaign_id varchar,
    beyond varchar
)
with (
    external_location = 's3://bucket/work/pools_BUILD_ID/raw/raw_clicks_3',
    format = 'TEXTFILE',
    textfile_field_separator = ','
);

-- loaded_impressions
create table loaded_impressions
with (format = 'PARQUET')
as (
with fields as (
    select
        cast(regexp_extract("$path", '/([0-9])_([0-9]+)[.]csv([.]gz)?$', 1) as smallint)
            as dataset,
        cast(regexp_extract("$path", '/([0-9])_([0-9]+)[.]csv([.]gz)?$', 2) as integer)
            as file,
        banner_id,
        campaign_id,
        '1' as row_count,
        beyond
    from raw_impressions_1
    union all
    select
        cast(regexp_extract("$path", '/([0-9])_([0-9]+)[.]csv([.]gz)?$', 1) as smallint)
            as dataset,
        cast(regexp_extract("$path", '/([0-9])_([0-9]+)[.]csv([.]gz)?$', 2) as integer)
            as file,
        banner_id,
        campaign_id,
        row_count,
        beyond
    from raw_impressions_2
),

typed as (
    select
        dataset,
        file,
        case
            when cast(try_cast(banner_id as bigint) as varchar) = banner_id
                then try_cast(banner_id as bigint)
        end as banner_id,
        case
            when cast(try_cast(campaign_id as bigint) as varchar) = campaign_id
                then try_cast(campaign_id as bigint)
        end as campaign_id,
        case
            when cast(try_cast(row_count as bigint) as varchar) = row_count
                then try_cast(row_count as bigint)
        end as row_count,
        beyond
    from fields
),

checked as (
    select
        dataset,
        file,
        case
            when banner_id between 1 and 9007199254740991
                and campaign_id between 1 and 9007199254740991
                and row_count between 1 and 9007199254740991
                and beyond is null
                then banner_id
        end as banner_id,
        campaign_id,
        row_count
    from typed
)

select
    dataset,
    file,
    banner_id,
    campaign_id,
    cast(sum(coalesce(row_count, 1)) as bigint) as row_count
from checked
group by
    dataset,
    file,
    banner_id,
    campaign_id
);

-- loaded_clicks
create table loaded_clicks
with (format = 'PARQUET')
as (
with fields as (
    select
        cast(regexp_extract("$path", '/([0-9])_([0-9]+)[.]csv([.]gz)?$', 1) as smallint)
            as dataset,
        cast(regexp_extract("$path", '/([0-9])_([0-9]+)[.]csv([.]gz)?$', 2) as integer)
            as file,
        click_id,
        banner_id,
        campaign_id,
        beyond
    from raw_clicks_1
    union all
    select
        cast(regexp_extract("$path", '/([0-9])_([0-9]+)[.]csv([.]gz)?$', 1) as smallint)
            as dataset,
        cast(regexp_extract("$path", '/([0-9])_([0-9]+)[.]csv([.]gz)?$', 2) as integer)
            as file,
        click_id,
        banner_id,
        replace(campaign_id, chr(13), '') as campaign_id,
        beyond
    from raw_clicks_2
    union all
    select
        cast(regexp_extract("$path", '/([0-9])_([0-9]+)[.]csv([.]gz)?$', 1) as smallint)
            as dataset,
        cast(regexp_extract("$path", '/([0-9])_([0-9]+)[.]csv([.]gz)?$', 2) as integer)
            as file,
        click_id,
        banner_id,
        campaign_id,
        beyond
    from raw_clicks_3
),

typed as (
    select
        dataset,
        file,
        case
            when cast(try_cast(click_id as bigint) as varchar) = click_id
                then try_cast(click_id as bigint)
        end as click_id,
        case
            when cast(try_cast(banner_id as bigint) as varchar) = banner_id
                then try_cast(banner_id as bigint)
        end as banner_id,
        case
            when cast(try_cast(campaign_id as bigint) as varchar) = campaign_id
                then try_cast(campaign_id as bigint)
        end as campaign_id,
        beyond
    from fields
),

checked as (
    select
        dataset,
        file,
        case
            when click_id between 1 and 9223372036854775807
                and banner_id between 1 and 9007199254740991
                and campaign_id between 1 and 9007199254740991
                and beyond is null
                then click_id
        end as click_id,
        banner_id,
        campaign_id
    from typed
)

select * from checked
);

-- loaded_conversions
create table loaded_conversions
with (format = 'PARQUET')
as (
with fields as (
    select
        cast(regexp_extract("$path", '/([0-9])_([0-9]+)[.]csv([.]gz)?$', 1) as smallint)
            as dataset,
        cast(regexp_extract("$path", '/([0-9])_([0-9]+)[.]csv([.]gz)?$', 2) as integer)
            as file,
        conversion_id,
        click_id,
        revenue,
        beyond
    from raw_conversions_1
),

typed as (
    select
        dataset,
        file,
        case
            when cast(try_cast(conversion_id as bigint) as varchar) = conversion_id
                then try_cast(conversion_id as bigint)
        end as conversion_id,
        case
            when cast(try_cast(click_id as bigint) as varchar) = click_id
                then try_cast(click_id as bigint)
        end as click_id,
        case
            when regexp_like(revenue, '^(0|[1-9][0-9]{0,11})([.][0-9]{1,6})?$')
                then try_cast(revenue as decimal(18,6))
        end as revenue,
        beyond
    from fields
),

checked as (
    select
        dataset,
        file,
        case
            when conversion_id between 1 and 9223372036854775807
                and click_id between 1 and 9223372036854775807
                and revenue is not null
                and beyond is null
                then conversion_id
        end as conversion_id,
        click_id,
        revenue
    from typed
)

select * from checked
);

-- loaded_rows
select
    cast(file as varchar) as file,
    cast(sum(row_count) as varchar) as row_count,
    cast(sum(case when banner_id is null then row_count else 0 end) as varchar)
        as unfit_count
from loaded_impressions
group by file
union all
select
    cast(file as varchar) as file,
    cast(sum(1) as varchar) as row_count,
    cast(sum(case when click_id is null then 1 else 0 end) as varchar)
        as unfit_count
from loaded_clicks
group by file
union all
select
    cast(file as varchar) as file,
    cast(sum(1) as varchar) as row_count,
    cast(sum(case when conversion_id is null then 1 else 0 end) as varchar)
        as unfit_count
from loaded_conversions
group by file;

-- seeds
create table seeds
with (format = 'PARQUET')
as (
select '0' as seed
);

-- rules
create table rules
with (format = 'PARQUET')
as (
-- rules: the two sizes of the business rules, the only place where they stand.
--
-- Grain: one row.
-- Reads: nothing.
-- Columns:
--   top_size   integer  converted banners of a pool at most (design: 10)
--   fill_size  integer  banners of a pool with fewer converted ones (design: 5)
select
    10 as top_size,
    5 as fill_size
);

-- stg_impressions
create table stg_impressions
with (format = 'PARQUET')
as (
-- stg_impressions: how often each banner of a campaign was shown.
--
-- Grain: one row per (dataset, campaign_id, banner_id) with an impression.
-- Reads: loaded_impressions, where each file's rows are counted already.
-- Repeated rows are ordinary events: all of them count.
-- Columns:
--   dataset           smallint
--   campaign_id       bigint
--   banner_id         bigint
--   impression_count  bigint
select
    loaded_impressions.dataset,
    loaded_impressions.campaign_id,
    loaded_impressions.banner_id,
    cast(sum(loaded_impressions.row_count) as bigint) as impression_count
from loaded_impressions
group by
    loaded_impressions.dataset,
    loaded_impressions.campaign_id,
    loaded_impressions.banner_id
);

-- repeated_clicks
create table repeated_clicks
with (format = 'PARQUET')
as (
-- repeated_clicks: click ids that stand in more than one row.
--
-- Grain: one row per (dataset, click_id) with several rows.
-- Reads: loaded_clicks. Where a bitmap proves that no id repeats, the runner
-- makes the empty table without reading further (unique.ts).
-- Columns:
--   dataset      smallint
--   click_id     bigint
--   banner_id    bigint   meaningless in a conflict
--   campaign_id  bigint   meaningless in a conflict
--   first_file   integer  the file whose row counts
--   is_conflict  boolean  the rows differ: none of them counts
select
    loaded_clicks.dataset,
    loaded_clicks.click_id,
    min(loaded_clicks.banner_id) as banner_id,
    min(loaded_clicks.campaign_id) as campaign_id,
    min(loaded_clicks.file) as first_file,
    min(loaded_clicks.banner_id) <> max(loaded_clicks.banner_id)
    or min(loaded_clicks.campaign_id) <> max(loaded_clicks.campaign_id)
        as is_conflict
from loaded_clicks
group by
    loaded_clicks.dataset,
    loaded_clicks.click_id
having count(*) > 1
);

-- repeated_conversions
create table repeated_conversions
with (format = 'PARQUET')
as (
-- repeated_conversions: conversion ids that stand in more than one row.
--
-- Grain: one row per (dataset, conversion_id) with several rows.
-- Reads: loaded_conversions. Where a bitmap proves that no id repeats, the
-- runner makes the empty table without reading further (unique.ts).
-- Columns:
--   dataset        smallint
--   conversion_id  bigint
--   click_id       bigint         meaningless in a conflict
--   revenue        decimal(18,6)  meaningless in a conflict
--   first_file     integer        the file whose row counts
--   is_conflict    boolean        the rows differ: none of them counts
select
    loaded_conversions.dataset,
    loaded_conversions.conversion_id,
    min(loaded_conversions.click_id) as click_id,
    min(loaded_conversions.revenue) as revenue,
    min(loaded_conversions.file) as first_file,
    min(loaded_conversions.click_id) <> max(loaded_conversions.click_id)
    or min(loaded_conversions.revenue) <> max(loaded_conversions.revenue)
        as is_conflict
from loaded_conversions
group by
    loaded_conversions.dataset,
    loaded_conversions.conversion_id
having count(*) > 1
);

-- stg_clicks
create view stg_clicks as
-- stg_clicks: clicks, each once; ids with different contents are left out.
--
-- Grain: one row per (dataset, click_id).
-- Reads: loaded_clicks, repeated_clicks.
-- Columns:
--   dataset      smallint
--   click_id     bigint
--   banner_id    bigint
--   campaign_id  bigint
with single_clicks as (
    select
        loaded_clicks.dataset,
        loaded_clicks.click_id,
        loaded_clicks.banner_id,
        loaded_clicks.campaign_id
    from loaded_clicks
    where not exists (
        select repeated_clicks.click_id
        from repeated_clicks
        where
            repeated_clicks.dataset = loaded_clicks.dataset
            and repeated_clicks.click_id = loaded_clicks.click_id
    )
),

duplicated_clicks as (
    select
        repeated_clicks.dataset,
        repeated_clicks.click_id,
        repeated_clicks.banner_id,
        repeated_clicks.campaign_id
    from repeated_clicks
    where not repeated_clicks.is_conflict
)

select * from single_clicks
union all
select * from duplicated_clicks;

-- stg_conversions
create view stg_conversions as
-- stg_conversions: conversions, each once; ids with different contents are
-- left out. Orphans are still in it.
--
-- Grain: one row per (dataset, conversion_id).
-- Reads: loaded_conversions, repeated_conversions.
-- Columns:
--   dataset        smallint
--   conversion_id  bigint
--   click_id       bigint
--   revenue        decimal(18,6)
with single_conversions as (
    select
        loaded_conversions.dataset,
        loaded_conversions.conversion_id,
        loaded_conversions.click_id,
        loaded_conversions.revenue
    from loaded_conversions
    where not exists (
        select repeated_conversions.conversion_id
        from repeated_conversions
        where
            repeated_conversions.dataset = loaded_conversions.dataset
            and repeated_conversions.conversion_id
            = loaded_conversions.conversion_id
    )
),

duplicated_conversions as (
    select
        repeated_conversions.dataset,
        repeated_conversions.conversion_id,
        repeated_conversions.click_id,
        repeated_conversions.revenue
    from repeated_conversions
    where not repeated_conversions.is_conflict
)

select * from single_conversions
union all
select * from duplicated_conversions;

-- stg_campaign_banners
create table stg_campaign_banners
with (format = 'PARQUET')
as (
-- stg_campaign_banners: the candidates, and the key of their random order.
--
-- Grain: one row per (dataset, campaign_id, banner_id) with an impression or
-- a click.
-- Reads: stg_impressions, stg_clicks, seeds.
-- As sql/staging/stg_campaign_banners.sql, with the names and types that md5
-- has in Trino and Athena.
-- Columns:
--   dataset      smallint
--   campaign_id  bigint
--   banner_id    bigint
--   tie_key      varchar  md5 in lower-case hexadecimal
with pairs as (
    select
        stg_impressions.dataset,
        stg_impressions.campaign_id,
        stg_impressions.banner_id
    from stg_impressions
    union
    select
        stg_clicks.dataset,
        stg_clicks.campaign_id,
        stg_clicks.banner_id
    from stg_clicks
),

hashed as (
    select
        pairs.dataset,
        pairs.campaign_id,
        pairs.banner_id,
        lower(
            to_hex(
                md5(
                    to_utf8(
                        seeds.seed
                        || '|' || cast(pairs.dataset as varchar)
                        || '|' || cast(pairs.campaign_id as varchar)
                        || '|' || cast(pairs.banner_id as varchar)
                    )
                )
            )
        ) as tie_key
    from pairs
    cross join seeds
)

select * from hashed
);

-- banner_clicks
create table banner_clicks
with (format = 'PARQUET')
as (
-- banner_clicks: how often each banner of a campaign was clicked.
--
-- Grain: one row per (dataset, campaign_id, banner_id) with a click.
-- Reads: stg_clicks.
-- Columns:
--   dataset      smallint
--   campaign_id  bigint
--   banner_id    bigint
--   click_count  bigint
select
    stg_clicks.dataset,
    stg_clicks.campaign_id,
    stg_clicks.banner_id,
    count(*) as click_count
from stg_clicks
group by
    stg_clicks.dataset,
    stg_clicks.campaign_id,
    stg_clicks.banner_id
);

-- banner_conversions
create table banner_conversions
with (format = 'PARQUET')
as (
-- banner_conversions: what each banner of a campaign earned.
--
-- Grain: one row per (dataset, campaign_id, banner_id) with a conversion.
-- Reads: stg_conversions, stg_clicks.
-- A conversion belongs to the banner of its click; an orphan has none and
-- falls out here. It is rejected and counted in staging.
-- Columns:
--   dataset           smallint
--   campaign_id       bigint
--   banner_id         bigint
--   conversion_count  bigint
--   revenue           decimal(18,6)
select
    stg_clicks.dataset,
    stg_clicks.campaign_id,
    stg_clicks.banner_id,
    count(*) as conversion_count,
    cast(sum(stg_conversions.revenue) as decimal(18, 6)) as revenue
from stg_conversions
inner join stg_clicks
    on stg_conversions.dataset = stg_clicks.dataset
    and stg_conversions.click_id = stg_clicks.click_id
group by
    stg_clicks.dataset,
    stg_clicks.campaign_id,
    stg_clicks.banner_id
);

-- banner_counts
create table banner_counts
with (format = 'PARQUET')
as (
-- banner_counts: what is counted for each candidate.
--
-- Grain: one row per (dataset, campaign_id, banner_id): every candidate.
-- Reads: stg_campaign_banners, stg_impressions, banner_clicks,
-- banner_conversions.
-- A candidate without rows in a log has 0 there, never null.
-- Columns:
--   dataset           smallint
--   campaign_id       bigint
--   banner_id         bigint
--   impression_count  bigint
--   click_count       bigint
--   conversion_count  bigint
--   revenue           decimal(18,6)
select
    stg_campaign_banners.dataset,
    stg_campaign_banners.campaign_id,
    stg_campaign_banners.banner_id,
    coalesce(stg_impressions.impression_count, 0) as impression_count,
    coalesce(banner_clicks.click_count, 0) as click_count,
    coalesce(banner_conversions.conversion_count, 0) as conversion_count,
    coalesce(banner_conversions.revenue, cast(0 as decimal(18, 6))) as revenue
from stg_campaign_banners
left join stg_impressions
    on stg_campaign_banners.dataset = stg_impressions.dataset
    and stg_campaign_banners.campaign_id = stg_impressions.campaign_id
    and stg_campaign_banners.banner_id = stg_impressions.banner_id
left join banner_clicks
    on stg_campaign_banners.dataset = banner_clicks.dataset
    and stg_campaign_banners.campaign_id = banner_clicks.campaign_id
    and stg_campaign_banners.banner_id = banner_clicks.banner_id
left join banner_conversions
    on stg_campaign_banners.dataset = banner_conversions.dataset
    and stg_campaign_banners.campaign_id = banner_conversions.campaign_id
    and stg_campaign_banners.banner_id = banner_conversions.banner_id
);

-- candidates
create view candidates as
-- candidates: every candidate, and the order that it can come from.
--
-- Grain: one row per (dataset, campaign_id, banner_id): every candidate.
-- Reads: banner_counts.
-- Columns:
--   dataset           smallint
--   campaign_id       bigint
--   banner_id         bigint
--   impression_count  bigint
--   click_count       bigint
--   conversion_count  bigint
--   revenue           decimal(18,6)
--   source            varchar        'revenue' if converted, 'clicks' if
--                                    clicked, else 'random'
select
    banner_counts.dataset,
    banner_counts.campaign_id,
    banner_counts.banner_id,
    banner_counts.impression_count,
    banner_counts.click_count,
    banner_counts.conversion_count,
    banner_counts.revenue,
    case
        when banner_counts.conversion_count > 0 then 'revenue'
        when banner_counts.click_count > 0 then 'clicks'
        else 'random'
    end as source
from banner_counts;

-- pool_sizes
create table pool_sizes
with (format = 'PARQUET')
as (
-- pool_sizes: how many banners each campaign's pool takes at most.
--
-- Grain: one row per (dataset, campaign_id).
-- Reads: candidates, rules.
-- Columns:
--   dataset          smallint
--   campaign_id      bigint
--   converted_count  bigint  X in the business rules
--   found_count      bigint  candidates that are converted or clicked
--   pool_size        bigint  a campaign with fewer candidates has them all
with campaign_counts as (
    select
        candidates.dataset,
        candidates.campaign_id,
        cast(
            sum(case when candidates.source = 'revenue' then 1 else 0 end)
            as bigint
        ) as converted_count,
        cast(
            sum(case when candidates.source = 'random' then 0 else 1 end)
            as bigint
        ) as found_count
    from candidates
    group by
        candidates.dataset,
        candidates.campaign_id
),

sized as (
    select
        campaign_counts.dataset,
        campaign_counts.campaign_id,
        campaign_counts.converted_count,
        campaign_counts.found_count,
        case
            when campaign_counts.converted_count >= rules.top_size
                then cast(rules.top_size as bigint)
            when campaign_counts.converted_count >= rules.fill_size
                then campaign_counts.converted_count
            else cast(rules.fill_size as bigint)
        end as pool_size
    from campaign_counts
    cross join rules
)

select * from sized
);

-- fill_candidates
create table fill_candidates
with (format = 'PARQUET')
as (
-- fill_candidates: candidates that may fill a pool, at random.
--
-- Grain: one row per (dataset, campaign_id, banner_id) of source 'random',
-- in campaigns with too few converted or clicked banners.
-- Reads: candidates, pool_sizes, rules.
-- Columns:
--   dataset      smallint
--   campaign_id  bigint
--   banner_id    bigint
select
    candidates.dataset,
    candidates.campaign_id,
    candidates.banner_id
from candidates
inner join pool_sizes
    on candidates.dataset = pool_sizes.dataset
    and candidates.campaign_id = pool_sizes.campaign_id
cross join rules
where
    candidates.source = 'random'
    and pool_sizes.found_count < rules.fill_size
);

-- random_ranks
create table random_ranks
with (format = 'PARQUET')
as (
-- random_ranks: the random order of candidates that may fill a pool.
--
-- Grain: one row per (dataset, campaign_id, banner_id) of fill_candidates.
-- Reads: fill_candidates, stg_campaign_banners.
-- Columns:
--   dataset      smallint
--   campaign_id  bigint
--   banner_id    bigint
--   random_rank  bigint  1 = the first one drawn
select
    fill_candidates.dataset,
    fill_candidates.campaign_id,
    fill_candidates.banner_id,
    row_number() over (
        partition by fill_candidates.dataset, fill_candidates.campaign_id
        order by
            stg_campaign_banners.tie_key asc,
            fill_candidates.banner_id asc
    ) as random_rank
from fill_candidates
inner join stg_campaign_banners
    on fill_candidates.dataset = stg_campaign_banners.dataset
    and fill_candidates.campaign_id = stg_campaign_banners.campaign_id
    and fill_candidates.banner_id = stg_campaign_banners.banner_id
);

-- banner_ranks
create view banner_ranks as
-- banner_ranks: each candidate's place in the orders of the business rules.
--
-- Grain: one row per (dataset, campaign_id, banner_id): every candidate.
-- Reads: candidates.
-- Columns:
--   dataset           smallint
--   campaign_id       bigint
--   banner_id         bigint
--   impression_count  bigint
--   click_count       bigint
--   conversion_count  bigint
--   revenue           decimal(18,6)
--   source            varchar        as in candidates
--   revenue_rank      bigint         the converted come first, then the
--                                    clicked in click order
--   click_rank        bigint
select
    candidates.dataset,
    candidates.campaign_id,
    candidates.banner_id,
    candidates.impression_count,
    candidates.click_count,
    candidates.conversion_count,
    candidates.revenue,
    candidates.source,
    row_number() over (
        partition by candidates.dataset, candidates.campaign_id
        order by
            case when candidates.source = 'revenue' then 0 else 1 end asc,
            candidates.revenue desc,
            candidates.click_count desc,
            candidates.banner_id asc
    ) as revenue_rank,
    row_number() over (
        partition by candidates.dataset, candidates.campaign_id
        order by candidates.click_count desc, candidates.banner_id asc
    ) as click_rank
from candidates;

-- pool_places
create view pool_places as
-- pool_places: each candidate's place in the order of its campaign's pool.
--
-- Grain: one row per (dataset, campaign_id, banner_id): every candidate.
-- Reads: banner_ranks, pool_sizes, random_ranks.
-- Pool order is revenue order for the converted, then click order for the
-- clicked (revenue order has them so), then random order: a pool of n banners
-- is the first n of it.
-- Columns:
--   dataset           smallint
--   campaign_id       bigint
--   banner_id         bigint
--   impression_count  bigint
--   click_count       bigint
--   conversion_count  bigint
--   revenue           decimal(18,6)
--   revenue_rank      bigint
--   click_rank        bigint
--   source            varchar        as in candidates
--   converted_count   bigint         as in pool_sizes
--   found_count       bigint         as in pool_sizes
--   pool_size         bigint         as in pool_sizes
--   pool_order        bigint         null: no pool needs it at random
select
    banner_ranks.dataset,
    banner_ranks.campaign_id,
    banner_ranks.banner_id,
    banner_ranks.impression_count,
    banner_ranks.click_count,
    banner_ranks.conversion_count,
    banner_ranks.revenue,
    banner_ranks.revenue_rank,
    banner_ranks.click_rank,
    banner_ranks.source,
    pool_sizes.converted_count,
    pool_sizes.found_count,
    pool_sizes.pool_size,
    case
        when banner_ranks.source = 'random'
            then pool_sizes.found_count + random_ranks.random_rank
        else banner_ranks.revenue_rank
    end as pool_order
from banner_ranks
inner join pool_sizes
    on banner_ranks.dataset = pool_sizes.dataset
    and banner_ranks.campaign_id = pool_sizes.campaign_id
left join random_ranks
    on banner_ranks.dataset = random_ranks.dataset
    and banner_ranks.campaign_id = random_ranks.campaign_id
    and banner_ranks.banner_id = random_ranks.banner_id;

-- banner_stats
create table banner_stats
with (format = 'PARQUET')
as (
-- banner_stats: every candidate, in its pool or out, and why.
--
-- Grain: one row per (dataset, campaign_id, banner_id): every candidate.
-- Reads: pool_places, rules.
-- Columns:
--   dataset       smallint
--   campaign_id   bigint
--   banner_id     bigint
--   impressions   bigint
--   clicks        bigint
--   conversions   bigint
--   revenue       decimal(18,6)
--   revenue_rank  bigint
--   click_rank    bigint
--   pool_rank     bigint   null = out
--   source        varchar  as in candidates
--   reason        varchar  a code of contract/schema.ts
select
    pool_places.dataset,
    pool_places.campaign_id,
    pool_places.banner_id,
    pool_places.impression_count as impressions,
    pool_places.click_count as clicks,
    pool_places.conversion_count as conversions,
    pool_places.revenue,
    pool_places.revenue_rank,
    pool_places.click_rank,
    case
        when pool_places.pool_order <= pool_places.pool_size
            then pool_places.pool_order
    end as pool_rank,
    pool_places.source,
    case
        when pool_places.pool_order <= pool_places.pool_size then
            case
                when pool_places.source = 'random' then 'in_random_fill'
                when pool_places.source = 'revenue'
                    and pool_places.converted_count >= rules.top_size
                    then 'in_top_revenue'
                when pool_places.source = 'revenue' then 'in_converted'
                when pool_places.converted_count > 0
                    then 'in_clicks_after_converted'
                else 'in_top_clicks'
            end
        when pool_places.source = 'revenue' then 'out_below_top_revenue'
        when pool_places.converted_count >= rules.fill_size
            then 'out_not_converted'
        when pool_places.source = 'clicks' then 'out_below_top_clicks'
        when pool_places.found_count >= rules.fill_size then 'out_no_clicks'
        else 'out_not_drawn'
    end as reason
from pool_places
cross join rules
);

-- pools
create table pools
with (format = 'PARQUET')
as (
-- pools: the banners that a campaign serves in one dataset.
--
-- Grain: one row per (dataset, campaign_id, rank).
-- Reads: banner_stats.
-- Columns:
--   dataset      smallint
--   campaign_id  bigint
--   rank         bigint   1 first, no gaps
--   banner_id    bigint
--   source       varchar  'revenue', 'clicks' or 'random'
--   revenue      decimal(18,6)
--   clicks       bigint
--   conversions  bigint
--   impressions  bigint
select
    banner_stats.dataset,
    banner_stats.campaign_id,
    banner_stats.pool_rank as rank,
    banner_stats.banner_id,
    banner_stats.source,
    banner_stats.revenue,
    banner_stats.clicks,
    banner_stats.conversions,
    banner_stats.impressions
from banner_stats
where banner_stats.pool_rank is not null
);

-- orphans
create table orphans
with (format = 'PARQUET')
as (
-- orphans: conversions without their click. They earn nothing for any banner.
--
-- Grain: one row per (dataset, conversion_id) whose click is not staged.
-- Reads: stg_conversions, stg_clicks.
-- Columns:
--   dataset        smallint
--   conversion_id  bigint
select
    stg_conversions.dataset,
    stg_conversions.conversion_id
from stg_conversions
where not exists (
    select stg_clicks.click_id
    from stg_clicks
    where
        stg_clicks.dataset = stg_conversions.dataset
        and stg_clicks.click_id = stg_conversions.click_id
)
);

-- banner_stats
select
    cast(dataset as varchar) as dataset,
    cast(campaign_id as varchar) as campaign_id,
    cast(banner_id as varchar) as banner_id,
    cast(impressions as varchar) as impressions,
    cast(clicks as varchar) as clicks,
    cast(conversions as varchar) as conversions,
    cast(revenue as varchar) as revenue,
    cast(revenue_rank as varchar) as revenue_rank,
    cast(click_rank as varchar) as click_rank,
    cast(pool_rank as varchar) as pool_rank,
    cast(source as varchar) as source,
    cast(reason as varchar) as reason
from banner_stats;

-- pools
select
    cast(dataset as varchar) as dataset,
    cast(campaign_id as varchar) as campaign_id,
    cast(rank as varchar) as rank,
    cast(banner_id as varchar) as banner_id,
    cast(source as varchar) as source,
    cast(revenue as varchar) as revenue,
    cast(clicks as varchar) as clicks,
    cast(conversions as varchar) as conversions,
    cast(impressions as varchar) as impressions
from pools;

-- unfit_rows
select
    cast(file as varchar) as file,
    cast(key as varchar) as key,
    cast(reason as varchar) as reason,
    cast(line_count as varchar) as line_count
from (
-- unfit_rows: rows with a form that fits, but a content that does not.
--
-- Grain: one row per (file, key).
-- Reads: loaded_clicks, loaded_conversions, repeated_clicks,
-- repeated_conversions, orphans.
-- All rows of a conflict are rejected; of equal rows of an orphan the first
-- is, the others are its duplicates.
-- Columns:
--   file        integer
--   key         bigint   click_id or conversion_id
--   reason      varchar  'conflict' or 'orphan'
--   line_count  bigint   lines of the file that are rejected for it
with conflicting_clicks as (
    select
        loaded_clicks.file,
        loaded_clicks.click_id as key,
        'conflict' as reason,
        count(*) as line_count
    from loaded_clicks
    inner join repeated_clicks
        on loaded_clicks.dataset = repeated_clicks.dataset
        and loaded_clicks.click_id = repeated_clicks.click_id
    where repeated_clicks.is_conflict
    group by
        loaded_clicks.file,
        loaded_clicks.click_id
),

conflicting_conversions as (
    select
        loaded_conversions.file,
        loaded_conversions.conversion_id as key,
        'conflict' as reason,
        count(*) as line_count
    from loaded_conversions
    inner join repeated_conversions
        on loaded_conversions.dataset = repeated_conversions.dataset
        and loaded_conversions.conversion_id
        = repeated_conversions.conversion_id
    where repeated_conversions.is_conflict
    group by
        loaded_conversions.file,
        loaded_conversions.conversion_id
),

first_orphans as (
    select
        min(loaded_conversions.file) as file,
        orphans.conversion_id as key,
        'orphan' as reason,
        cast(1 as bigint) as line_count
    from orphans
    inner join loaded_conversions
        on orphans.dataset = loaded_conversions.dataset
        and orphans.conversion_id = loaded_conversions.conversion_id
    group by
        orphans.dataset,
        orphans.conversion_id
)

select * from conflicting_clicks
union all
select * from conflicting_conversions
union all
select * from first_orphans
);

-- duplicate_rows
select
    cast(file as varchar) as file,
    cast(row_count as varchar) as row_count
from (
-- duplicate_rows: how many rows of each file repeat one that counts.
--
-- Grain: one row per (file) with a row of an id that repeats.
-- Reads: loaded_clicks, loaded_conversions, repeated_clicks,
-- repeated_conversions.
-- The row that counts is the first, in the order of files.
-- Columns:
--   file       integer
--   row_count  bigint
with repeated_rows as (
    select
        loaded_clicks.file,
        loaded_clicks.click_id as key,
        repeated_clicks.first_file
    from loaded_clicks
    inner join repeated_clicks
        on loaded_clicks.dataset = repeated_clicks.dataset
        and loaded_clicks.click_id = repeated_clicks.click_id
    where not repeated_clicks.is_conflict
    union all
    select
        loaded_conversions.file,
        loaded_conversions.conversion_id as key,
        repeated_conversions.first_file
    from loaded_conversions
    inner join repeated_conversions
        on loaded_conversions.dataset = repeated_conversions.dataset
        and loaded_conversions.conversion_id
        = repeated_conversions.conversion_id
    where not repeated_conversions.is_conflict
),

counted as (
    select
        repeated_rows.file,
        count(*) - count(
            distinct case
                when repeated_rows.file = repeated_rows.first_file
                    then repeated_rows.key
            end
        ) as row_count
    from repeated_rows
    group by repeated_rows.file
)

select * from counted
);

-- fetched_measures
select
    'shared_click_ids' as name,
    cast(count(*) - count(distinct click_id) as varchar) as amount
from stg_clicks
union all
select
    'shared_conversion_ids' as name,
    cast(count(*) - count(distinct conversion_id) as varchar) as amount
from stg_conversions;

-- drop schema
drop schema if exists hive.pools_BUILD_ID cascade;
