-- rejects_agree_with_inputs: every rejected line is kept, and no other.
--
-- severity: error
-- Reads: inputs, rejects.
with kept as (
    select
        rejects.file,
        count(*) as reject_count
    from rejects
    group by rejects.file
)

select
    coalesce(inputs.path, kept.file) as path,
    coalesce(inputs.rejected, 0) as rejected,
    coalesce(kept.reject_count, 0) as reject_count
from inputs
full outer join kept
    on inputs.path = kept.file
where coalesce(inputs.rejected, 0) <> coalesce(kept.reject_count, 0)
