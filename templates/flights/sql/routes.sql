-- How late each route leaves and arrives.
copy (
    select
        c.origin,
        c.dest,
        a.name as destination,
        count(*) as flights,
        count(*) filter (c.cancelled) as cancelled,
        count(*) filter (c.dep_delay >= getvariable('late_minutes')) as late,
        round(avg(c.dep_delay), 2) as mean_departure_delay,
        round(avg(c.arr_delay), 2) as mean_arrival_delay,
        any_value(c.distance) as miles
    from 'build/conditions.parquet' as c
    left join read_csv('data/raw/airports.csv', nullstr = ['', 'NA']) as a on a.faa = c.dest
    group by c.origin, c.dest, a.name
    order by c.origin, c.dest
) to 'out/routes.csv';
