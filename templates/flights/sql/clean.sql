-- The raw table with real nulls and types, and one column that says what a missing departure time means.
copy (
    select
        time_hour, carrier, flight, origin, dest, tailnum,
        make_date(year, month, day) as day,
        sched_dep_time, dep_time, dep_delay, arr_delay, air_time, distance,
        dep_time is null as cancelled
    from read_csv('data/raw/flights.csv', nullstr = ['', 'NA'])
    order by time_hour, carrier, flight, origin
) to 'build/flights.parquet';
