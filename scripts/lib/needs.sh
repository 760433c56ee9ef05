# shellcheck shell=bash
# What the scripts need on a machine, and how it comes there. Sourced, never run.

# Debian's names. `g++` brings the headers of the C++ library that Swift links.
# shellcheck disable=SC2034  # Used by the scripts that source this.
{
    build_packages=(ca-certificates g++ gcc git libc6-dev libgit2-dev libsqlite3-dev pkg-config python3 python3-venv)
    run_packages=(bubblewrap openssh-client)
    test_packages=(btrfs-progs e2fsprogs fish make postgresql-15 strace util-linux xfsprogs zsh)
}

# Says what is being done, apart from what a script prints as its result.
say() {
    printf '%s\n' "==> $*" >&2
}

# Says why nothing more can be done, each argument on its own line, and ends the script.
stop() {
    printf 'error: %s\n' "$1" >&2
    shift
    (($# == 0)) || printf '       %s\n' "$@" >&2
    exit 1
}

# Runs a command as root, through sudo where need be.
as_root() {
    if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

# Checks that Swift 6.3 or newer is there.
need_swift() {
    command -v swift >/dev/null || stop "Headgate is built with Swift 6.3, and there is no \`swift\` on PATH" \
        "Get it from https://www.swift.org/install/linux/ (swiftly installs and updates it)," \
        "open a new shell so that PATH knows it, and try again."

    local version
    version=$(swift --version 2>/dev/null | sed -nE 's/.*Swift version ([0-9]+\.[0-9]+).*/\1/p' | head -n 1)
    [[ $(printf '%s\n' 6.3 "${version:-0}" | sort -V | head -n 1) == 6.3 ]] ||
        stop "Headgate is built with Swift 6.3 or newer; \`swift\` on PATH is ${version:-of an unknown version}" \
            "Get a newer one: https://www.swift.org/install/linux/ (\`swiftly install 6.3\`)"
}

# Installs those of the named packages that are missing.
need_packages() {
    if ! command -v apt-get >/dev/null; then
        need_commands
        return
    fi
    local missing
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]} > 0)) || return 0
    ((EUID == 0)) || command -v sudo >/dev/null ||
        stop "packages are missing, and there is no sudo to install them with" "As root: apt-get install ${missing[*]}"

    say "installing ${missing[*]}"
    as_root apt-get update -qq || say "the list of packages could not be brought up to date; going on with the one at hand"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends "${missing[@]}" >&2 ||
        stop "apt-get could not install ${missing[*]}"
}

# Prints those of the named packages that are not installed, one per line.
missing_packages() {
    comm -23 <(printf '%s\n' "$@" | sort -u) \
        <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^installed //p' | sort -u)
}

# Where there is no apt: checks that what the packages would bring is there.
need_commands() {
    local missing=() name
    for name in bwrap cc git pkg-config python3 ssh-keygen; do
        command -v "$name" >/dev/null || missing+=("$name")
    done
    for name in libgit2 sqlite3; do
        pkg-config --exists "$name" 2>/dev/null || missing+=("the headers of $name")
    done
    ((${#missing[@]} == 0)) || stop "missing on this machine: $(printf '%s, ' "${missing[@]}" | sed 's/, $//')" \
        "Install them with the system's own package manager, and try again."
}
