#!/bin/sh
# Gives each environment a zero-copy clone of a Snowflake database: fingerprint, create or drop.
set -eu

# Names go into SQL as they are, so they are looked at first.
name() {
    case $1 in
    '' | [0-9]* | *[!A-Za-z0-9_]*)
        echo "\`$1\` is no plain name of a database" >&2
        exit 1
        ;;
    *) printf '%s' "$1" ;;
    esac
}

sql() {
    snow sql --connection "$SNOWFLAKE_CONNECTION" --format json --query "$1"
}

original=$(name "$SNOWFLAKE_ORIGINAL")

case ${1-} in
fingerprint)
    sql "SELECT COUNT(*) AS TABLES, SUM(ROW_COUNT) AS ROWS_IN_ALL, SUM(BYTES) AS BYTES, MAX(LAST_ALTERED) AS CHANGED
         FROM $original.INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA <> 'INFORMATION_SCHEMA'"
    ;;
create)
    clone=$(name "$HEADGATE_CLONE")
    sql "CREATE DATABASE $clone CLONE $original" >&2
    printf '%s\n' "$clone"
    ;;
drop)
    case $HEADGATE_CLONE in
    hg_*) sql "DROP DATABASE IF EXISTS $(name "$HEADGATE_CLONE")" >&2 ;;
    *)
        echo "\`$HEADGATE_CLONE\` is no name that Headgate gives" >&2
        exit 1
        ;;
    esac
    ;;
*)
    echo "usage: driver.sh fingerprint|create|drop" >&2
    exit 64
    ;;
esac
