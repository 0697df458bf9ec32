# shellcheck shell=bash
# Sourced by ./run. The apps that it starts from the one build: one with every function, or those of a plan of deploy/plan.

# Lists with one entry for each app: its name, its settings as lines NAME=value, its port, the process id of its supervisor (empty: not
# running) and the time at which it starts again after it ended by itself, as a value of $SECONDS.
app_names=(app)
app_settings=('')
app_ports=()
app_ids=('')
app_restarts=('')

# The index of the app that people log in to. Empty: none has that function.
login_app=0

seconds_until_restart=5

# plan_apps APPS PORT reads the apps of --apps, a list of groups or the file of a plan. Returns 64 for a wrong one, 1 for a refused plan; it
# has then said why.
plan_apps() {
    local source=(--apps "$1") port=$2 plan kind text index=-1
    case $1 in
    */* | *.json) source=("$1") ;;
    esac
    plan=$("$root/deploy/plan" "${source[@]}" --json) || return
    app_names=() app_settings=() login_app=
    while read -r kind text; do
        case $kind in
        app)
            index=$((index + 1))
            app_names[index]=$text app_settings[index]='' app_ids[index]='' app_restarts[index]='' app_ports[index]=$((port + index))
            ;;
        login) login_app=$index ;;
        set) app_settings[index]+=$text$'\n' ;;
        esac
    done < <(node -e '
        for (const app of JSON.parse(process.argv[1]).apps) {
            console.log(`app ${app.name}`);
            if (app.functions.includes("Login")) console.log("login");
            for (const [name, value] of Object.entries(app.settings)) console.log(`set ${name.replaceAll(".", "_")}=${value}`);
        }' "$plan")
    if [ $((port + index)) -gt 65535 ]; then
        echo "--port must leave room for $((index + 1)) apps: choose at most $((65535 - index))." >&2
        return 64
    fi
}

are_several() {
    [ ${#app_names[@]} -gt 1 ]
}

# with_settings INDEX prints the settings of an app as arguments of env, one a line.
with_settings() {
    printf '%s' "${app_settings[$1]}"
}

# Marks each line with the app's name. The last lines come after Ctrl+C.
label() {
    local line
    trap '' INT TERM
    while IFS= read -r line; do
        printf '%s | %s\n' "$1" "$line"
    done
}

# As a platform does: apps do not need each other, so one that ends starts again and the others go on.
note_end() {
    local index=$1 code=0
    wait "${app_ids[index]}" 2>/dev/null || code=$?
    echo "${app_names[index]} ended by itself (exit code $code). The other apps go on. It starts again in $seconds_until_restart s."
    app_ids[index]=''
    app_restarts[index]=$((SECONDS + seconds_until_restart))
}
