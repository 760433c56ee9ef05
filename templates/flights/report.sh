#!/usr/bin/env bash
# Writes out/report.md from the three tables.
set -euo pipefail

# Prints the result of a query as a Markdown table.
table() {
    duckdb -bail -markdown -c "$1"
}

{
    echo "# Departures from New York"
    echo
    echo "## Airlines, the latest first"
    echo
    table "select name, flights, cancelled, late, late_share from 'out/carriers.csv' order by late_share desc, name"
    echo
    echo "## Routes with the longest delays, of at least 20 flights"
    echo
    table "select origin, coalesce(destination, dest) as destination, flights, mean_departure_delay
           from 'out/routes.csv' where flights >= 20
           order by mean_departure_delay desc, origin, dest limit 10"
    echo
    echo "## The worst days"
    echo
    table "select day, flights, cancelled, late_share, coldest, strongest_wind
           from 'out/days.parquet' order by late_share desc, day limit 10"
} > out/report.md
