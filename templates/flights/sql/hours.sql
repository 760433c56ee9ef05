-- Weather by airport and hour. A wind of more than 150 mph is a broken instrument, not a storm.
copy (
    select
        origin, time_hour, temp, humid, precip, visib,
        case when wind_speed <= 150 then wind_speed end as wind_speed
    from read_csv('data/raw/weather.csv', nullstr = ['', 'NA'])
    order by origin, time_hour
) to 'build/hours.parquet';
