# shellcheck shell=bash
# Sourced by ./run and ./test. Every process that a script starts ends with the script, even after kill -9.

# A background job of a script inherits SIGINT as ignored, and a shell cannot trap an ignored signal. So start the script
# again with the default SIGINT. SIGHUP stays ignored under nohup.
hear_interrupts() {
    [[ $(trap -p INT) == *"''"* ]] || return 0
    if env --default-signal=INT true 2>/dev/null; then
        exec env --default-signal=INT bash "$0" "$@"
    elif command -v perl >/dev/null 2>&1; then
        exec perl -e '$SIG{INT} = "DEFAULT"; exec @ARGV' bash "$0" "$@"
    fi
}

supervise=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/supervise

# True when nobody else holds the lock. This script then holds it, and so does every process that it starts without closing
# descriptor 9. The lock is free when all of them have ended. Linux has flock. macOS has perl, which can do the same.
take_lock() {
    exec 9>>"$1"
    if command -v flock >/dev/null 2>&1; then
        flock -n 9
    else
        perl -e 'use Fcntl ":flock"; open(my $lock, ">&=", 9) && flock($lock, LOCK_EX | LOCK_NB) or exit 1'
    fi
}

# Only this script holds the pipe open for writing. When the script is gone, every supervisor sees the end of the pipe and
# stops its command. The pipe needs no name once both ends are open.
open_supervisor_pipe() {
    local folder
    folder=$(mktemp -d)
    mkfifo "$folder/supervisor"
    exec 8<>"$folder/supervisor"
    exec 7<"$folder/supervisor"
    rm -r "$folder"
}

# Starts a command in the background under a supervisor, whose process id is $!. Job control gives the supervisor its own
# process group: a closed terminal and Ctrl+C reach only this script, which then stops everything in the right order.
start_supervised() {
    set -m
    "$supervise" "$@" <&7 7<&- 8>&- &
    set +m
}

# Sends SIGTERM to these supervisors, then waits for all. An empty id means that nothing was started.
stop() {
    local id
    for id in "$@"; do
        [ -z "$id" ] || kill -TERM "$id" 2>/dev/null || true
    done
    for id in "$@"; do
        [ -z "$id" ] || wait "$id" 2>/dev/null || true
    done
}
