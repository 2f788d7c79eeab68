-- conversions_have_their_click: no conversion is an orphan.
--
-- severity: warn
-- Reads: rejects.
-- An orphan earns nothing for any banner: the click's file may be missing, or
-- the click was a conflict.
select
    rejects.dataset,
    rejects.file,
    rejects.line,
    rejects.text
from rejects
where rejects.reason = 'orphan'
