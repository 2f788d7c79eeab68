-- rejects_agree_with_inputs: every rejected line is kept, and no other.
--
-- severity: error
-- Reads: inputs, rejects.
-- A log that is there packed and unpacked has two rows in inputs and one path.
with expected as (
    select
        inputs.path,
        sum(inputs.rejected) as rejected
    from inputs
    group by inputs.path
),

kept as (
    select
        rejects.file,
        count(*) as reject_count
    from rejects
    group by rejects.file
)

select
    coalesce(expected.path, kept.file) as path,
    coalesce(expected.rejected, 0) as rejected,
    coalesce(kept.reject_count, 0) as reject_count
from expected
full outer join kept
    on expected.path = kept.file
where coalesce(expected.rejected, 0) <> coalesce(kept.reject_count, 0)
