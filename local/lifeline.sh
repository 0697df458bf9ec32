# shellcheck shell=bash
# Sourced by ./run and ./test: ends every process that a script starts together with the script, even after kill -9.

# A shell cannot trap a signal that it inherited as ignored, as background jobs of scripts inherit SIGINT. So this starts the
# script again with SIGINT at its default. SIGHUP stays ignored under nohup.
hear_interrupts() {
    [[ $(trap -p INT) == *"''"* ]] || return 0
    if env --default-signal=INT true 2>/dev/null; then
        exec env --default-signal=INT bash "$0" "$@"
    elif command -v perl >/dev/null 2>&1; then
        exec perl -e '$SIG{INT} = "DEFAULT"; exec @ARGV' bash "$0" "$@"
    fi
}

leash=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/leash

# True when nobody else holds the lock. This script, and every process that it starts without closing descriptor 9, then holds it
# until its end. Linux has flock; macOS has perl, which can do the same.
take_lock() {
    exec 9>>"$1"
    if command -v flock >/dev/null 2>&1; then
        flock -n 9
    else
        perl -e 'use Fcntl ":flock"; open(my $lock, ">&=", 9) && flock($lock, LOCK_EX | LOCK_NB) or exit 1'
    fi
}

# A pipe that only this script holds open for writing. When the script is gone, every leash sees the end of the pipe and stops its
# command. The pipe needs no name once both ends are open.
open_lifeline() {
    local folder
    folder=$(mktemp -d)
    mkfifo "$folder/lifeline"
    exec 8<>"$folder/lifeline"
    exec 7<"$folder/lifeline"
    rm -r "$folder"
}

# Runs a command on a leash in the background; its id is $!. Job control gives the leash a process group of its own:
# a closed terminal and Ctrl+C reach only this script, which then stops everything in the right order.
on_leash() {
    set -m
    "$leash" "$@" <&7 7<&- 8>&- &
    set +m
}

# Sends SIGTERM to every leash, then waits for all. An empty id means that nothing was started.
stop() {
    local id
    for id in "$@"; do
        [ -z "$id" ] || kill -TERM "$id" 2>/dev/null || true
    done
    for id in "$@"; do
        [ -z "$id" ] || wait "$id" 2>/dev/null || true
    done
}
