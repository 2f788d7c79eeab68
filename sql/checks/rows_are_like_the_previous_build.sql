-- rows_are_like_the_previous_build: no log or list has grown or shrunk by more
-- than half since the build before.
--
-- severity: warn
-- Reads: inputs, previous_inputs.
-- Without a build before, and for a log that was empty then, there is nothing
-- to compare. Lists have no dataset.
with now_accepted as (
    select
        coalesce(inputs.dataset, 0) as dataset,
        inputs.log,
        sum(inputs.accepted) as row_count
    from inputs
    group by
        inputs.dataset,
        inputs.log
),

previously_accepted as (
    select
        coalesce(previous_inputs.dataset, 0) as dataset,
        previous_inputs.log,
        sum(previous_inputs.accepted) as row_count
    from previous_inputs
    group by
        previous_inputs.dataset,
        previous_inputs.log
),

compared as (
    select
        previously_accepted.dataset,
        previously_accepted.log,
        previously_accepted.row_count as previous_count,
        coalesce(now_accepted.row_count, 0) as row_count
    from previously_accepted
    left join now_accepted
        on previously_accepted.dataset = now_accepted.dataset
        and previously_accepted.log = now_accepted.log
)

select * from compared
where
    compared.row_count * 2 < compared.previous_count
    or (
        compared.row_count * 2 > compared.previous_count * 3
        and compared.previous_count > 0
    )
