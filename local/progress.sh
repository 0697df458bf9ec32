# shellcheck shell=bash
# Sourced by ./run and local/setup. Shows the elapsed time of a long step every few seconds.

seconds_between_signs=4

# follow STEP ID [BEGAN] waits for a process of this shell and returns its exit code. Prints "STEP ... N s" every few seconds,
# and the total time at the end. Seconds count from BEGAN, a value of $SECONDS.
follow() {
    local step=$1 id=$2 began=${3:-$SECONDS} code=0
    last_sign=$SECONDS
    while kill -0 "$id" 2>/dev/null; do
        give_sign "$step" "$began"
        # Sleep in the background: bash may miss a SIGINT that comes while it runs a command in the foreground.
        sleep 0.1 &
        wait "$!" || true
    done
    wait "$id" || code=$?
    [ "$code" -ne 0 ] || echo "$step: done after $((SECONDS - began)) s."
    return "$code"
}

# give_sign STEP BEGAN prints "STEP ... N s", at most once every few seconds.
last_sign=$SECONDS
give_sign() {
    [ $((SECONDS - last_sign)) -ge "$seconds_between_signs" ] || return 0
    last_sign=$SECONDS
    echo "$1 ... $((SECONDS - $2)) s"
}
