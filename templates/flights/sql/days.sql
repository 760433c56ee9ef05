-- Each day's delays beside its weather.
copy (
    select
        day,
        count(*) as flights,
        count(*) filter (cancelled) as cancelled,
        count(*) filter (dep_delay >= getvariable('late_minutes')) as late,
        round(late / flights, 4) as late_share,
        round(min(temp), 1) as coldest,
        round(max(wind_speed), 1) as strongest_wind,
        count(*) filter (precip > 0) as flights_in_rain_or_snow
    from 'build/conditions.parquet'
    group by day
    order by day
) to 'out/days.parquet';
