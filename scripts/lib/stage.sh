# shellcheck shell=bash
# Puts Headgate and its parts under a prefix, in the layout that the program looks for. Sourced, never run, from the
# top of the checkout. Sources/README.md, "Where the program finds its parts", draws the layout.

# DuckDB's command-line program. A new minor version may write other bytes for the same rows, so it is chosen here.
duckdb_requirement='duckdb-cli>=1.5,<1.6'

# What a checkout's own programs use.
checkout_prefix=.build/headgate

# Builds the program as it is installed: optimised, with Swift's standard library inside, without symbols.
build_program() {
    say "building headgate"
    # Never straight to a terminal: there SwiftPM asks for coloured messages, which is another build of everything.
    swift build -c release --static-swift-stdlib -Xlinker -s --product headgate 2>&1 | cat >&2
}

# Copies the built program to a prefix.
stage_program() {
    local built
    built=$(swift build -c release --show-bin-path)/headgate
    put_file "$built" "$1/bin/headgate"
}

# Builds the program that Git calls as every hook. Static C, because Git waits for it at every reference it moves.
stage_hook() {
    local hook=$1/libexec/headgate/headgate-hook sources=(Sources/headgate-hook/*.c)
    is_newer_than_all "$hook" Sources/headgate-hook/* && return
    say "building headgate-hook"
    mkdir -p "${hook%/*}"
    cc -std=gnu11 -Os -static -Wall -Wextra -Werror -s -o "$hook.new" "${sources[@]}"
    mv -f "$hook.new" "$hook"
}

# Installs DuckDB into a virtual environment of its own. What headgate runs is the program inside, without Python.
stage_duckdb() {
    local folder=$1/lib/headgate program
    [[ -x $folder/bin/duckdb && $(cat "$folder/duckdb/requirement" 2>/dev/null) == "$duckdb_requirement" ]] && return
    say "installing $duckdb_requirement into $folder/duckdb"
    rm -rf "$folder/duckdb"
    mkdir -p "$folder/bin"
    "$(system_python)" -m venv "$folder/duckdb"
    "$folder/duckdb/bin/python" -m pip install --quiet --disable-pip-version-check --no-input \
        --only-binary :all: "$duckdb_requirement" >&2 ||
        stop "pip could not install $duckdb_requirement" "It is needed once; is there a network?"
    program=$(echo "$folder"/duckdb/lib/python*/site-packages/duckdb_cli/duckdb)
    [[ -x $program ]] || stop "$duckdb_requirement brought no program: $program"
    ln -sfnr "$program" "$folder/bin/duckdb"
    echo "$duckdb_requirement" >"$folder/duckdb/requirement"
}

# Copies the starter projects to a prefix.
stage_templates() {
    local templates=$1/share/headgate/templates
    rm -rf "$templates"
    mkdir -p "${templates%/*}"
    cp -R templates "$templates"
}

# Puts all of it under a prefix.
stage_all() {
    stage_program "$1"
    stage_hook "$1"
    stage_duckdb "$1"
    stage_templates "$1"
}

# Copies an executable into place at once, so that a running one is not disturbed; leaves an equal one alone.
put_file() {
    cmp -s "$1" "$2" && return
    mkdir -p "${2%/*}"
    install -m 755 "$1" "$2.new"
    mv -f "$2.new" "$2"
}

# Whether the file is there and newer than all that follow.
is_newer_than_all() {
    local file=$1 other
    shift
    [[ -e $file ]] || return 1
    for other; do
        [[ $file -nt $other ]] || return 1
    done
}

# The system's Python where there is one: a virtual environment made from a version manager's dies with that version.
system_python() {
    [[ -x /usr/bin/python3 ]] && echo /usr/bin/python3 || command -v python3
}
