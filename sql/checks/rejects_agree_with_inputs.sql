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
    inputs.path,
    inputs.rejected,
    kept.reject_count
from inputs
left join kept
    on inputs.path = kept.file
where inputs.rejected <> coalesce(kept.reject_count, 0)
