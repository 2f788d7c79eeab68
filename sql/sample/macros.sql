-- macros: what the tables of the sample share.
--
-- A random number depends on the seed, the dataset, its purpose and the row's
-- index alone, so that any row can be computed apart from all others.
-- There are 34 ordinary campaigns, 1 to 34, each with the banners 100 to 500;
-- the special ones of plan.csv begin at 35.
create or replace temp macro random_at(purpose, row_index) as
    cast(
        hash(getvariable('seed'), getvariable('dataset'), purpose, row_index)
        >> 1 as bigint
    );

create or replace temp macro ordinary_campaign(random) as
    1 + random % 34;

create or replace temp macro ordinary_banner(random) as
    100 + random // 34 % 401;

-- Special rows stand at even indexes, one in each of special_count stretches
-- of equal length, so they are mixed with the ordinary rows. Odd indexes are
-- ordinary without exception: ordinary clicks and conversions refer to those.
create or replace temp macro special_index(
    row_count, special_count, nth, random
) as
    2 * (
        nth * (row_count // 2 // special_count)
        + random % (row_count // 2 // special_count)
    );

-- The special row at an index, from the list of them all; null = ordinary.
-- A join would not do: DuckDB may emit its few matches after the other rows.
create or replace temp macro special_at(specials, row_count, index) as
    case
        when specials[
            index // 2 // (row_count // 2 // len(specials)) + 1
        ].row_index = index
            then specials[index // 2 // (row_count // 2 // len(specials)) + 1]
    end;

create or replace temp macro converted_index(
    click_count, conversion_count, nth, random
) as
    2 * (
        nth * (click_count // 2 // conversion_count)
        + random % (click_count // 2 // conversion_count)
    ) + 1;
