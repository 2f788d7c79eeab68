-- effects: macros that give banners real differences, in place of those of
-- macros.sql with the same names. Read where the variable effect is above 0.
create or replace temp macro uniform_of(random) as
    (random % 1000000007 + 1) / 1000000009.0;

-- How many times as often as others a banner's clicks convert: log-normal, the
-- variable effect is its standard deviation, the same in all datasets.
create or replace temp macro banner_factor(campaign_id, banner_id) as
    exp(
        getvariable('effect')
        * sqrt(
            -2 * ln(
                uniform_of(
                    hash(getvariable('seed'), 'size', campaign_id, banner_id)
                )
            )
        )
        * cos(
            2 * pi() * uniform_of(
                hash(getvariable('seed'), 'angle', campaign_id, banner_id)
            )
        )
    );

-- The random number of the impression that an ordinary click repeats: as in
-- sample_clicks.sql.
create or replace temp macro click_random(row_index) as
    random_at(
        'impressions',
        random_at('clicks', row_index)
        % (getvariable('impressions') // 2) * 2 + 1
    );

-- Each click of the stretch draws a waiting time, shorter by the factor of its
-- banner, and the first one converts.
create or replace temp macro converted_index(
    click_count, conversion_count, nth, random
) as
    2 * list_min(
        list_transform(
            range(
                nth * (click_count // 2 // conversion_count),
                (nth + 1) * (click_count // 2 // conversion_count)
            ),
            lambda place: struct_pack(
                waiting_time :=
                    -ln(uniform_of(random_at('waiting times', place)))
                    / banner_factor(
                        ordinary_campaign(click_random(2 * place + 1)),
                        ordinary_banner(click_random(2 * place + 1))
                    ),
                place := place
            )
        )
    ).place + 1;
