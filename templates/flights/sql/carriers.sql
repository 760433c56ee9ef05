-- How often each airline leaves late, and how often not at all.
copy (
    select
        c.carrier,
        a.name,
        count(*) as flights,
        count(*) filter (c.cancelled) as cancelled,
        count(*) filter (c.dep_delay >= getvariable('late_minutes')) as late,
        round(late / flights, 4) as late_share,
        round(avg(c.dep_delay), 2) as mean_delay
    from 'build/conditions.parquet' as c
    left join read_csv('reference/airlines.csv') as a using (carrier)
    group by c.carrier, a.name
    order by c.carrier
) to 'out/carriers.csv';
