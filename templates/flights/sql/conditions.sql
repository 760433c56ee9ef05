-- Each flight with the weather at its airport in its hour, and with its aircraft. A flight without either stays.
copy (
    select
        f.*,
        h.temp, h.wind_speed, h.precip,
        p.manufacturer, p.seats
    from 'build/flights.parquet' as f
    left join 'build/hours.parquet' as h
        on h.time_hour = f.time_hour
        and h.origin = f.origin
    left join read_csv('data/raw/planes.csv', nullstr = ['', 'NA']) as p
        on p.tailnum = f.tailnum
    order by f.time_hour, f.carrier, f.flight, f.origin
) to 'build/conditions.parquet';
