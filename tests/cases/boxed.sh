#!/bin/sh
# Runs a command with processes, IPC objects, /dev/shm, message queues and a working folder of its own, so
# that nothing it does or leaves behind reaches the machine.
#
#   boxed.sh [-n TIMES] [-i] SECONDS COMMAND...
#
# Exits as the command did; 137 when it did not end in SECONDS. With -n it runs the command up to TIMES
# times, as long as it exits 0; with -i it gives up, as after SECONDS, once nobody has run for some four
# seconds. What exists after each run (and did not before) is listed on descriptor 3, one line a thing:
# "sem 3 (key 0)", "file /dev/shm/jobs", "process 7 (server)".
set -u

if [ "${1:-}" != --inside ]; then
    user=
    [ "$(id -u)" = 0 ] || user=--map-root-user
    { true >&3; } 2> /dev/null || exec 3> /dev/null
    exec unshare $user --ipc --pid --mount --fork --mount-proc --kill-child "$0" --inside "$@"
fi
shift
times=1
idle=
while :; do
    case $1 in
    -n)
        times=$2
        shift 2
        ;;
    -i)
        idle=1
        shift
        ;;
    *) break ;;
    esac
done
seconds=$1
shift

mount -t tmpfs tmpfs /dev/shm || exit 125
mount -t tmpfs tmpfs /mnt || exit 125
mkdir /mnt/work /mnt/mqueue
mount -t mqueue mqueue /mnt/mqueue || exit 125
cd /mnt/work || exit 125

# Sets $alive to the processes that are not this shell; one that has ended and only awaits this shell's
# wait does not count.
look_for_processes() {
    alive=
    for stat in /proc/[0-9]*/stat; do
        read -r pid name state rest < "$stat" || continue
        [ "$pid" = 1 ] || [ "$state" = Z ] || alive="$alive${alive:+ }process $pid $name"
    done 2> /dev/null
}

leftovers() {
    for kind in sem shm msg; do
        tail -n +2 /proc/sysvipc/$kind | while read -r key id rest; do echo "$kind $id (key $key)"; done
    done
    for path in /dev/shm/* /mnt/mqueue/* /mnt/work/*; do
        [ ! -e "$path" ] || echo "file $path"
    done
    # A child that nobody waits for may still be on its way out.
    for try in 1 2 3 4 5 6 7 8 9 10; do
        look_for_processes
        [ -n "$alive" ] || return
        sleep 0.1
    done
    echo "$alive"
}

# Waits for the background process $1, but not when for twenty looks nobody was running or had run.
wait_unless_idle() {
    looks=0
    was=
    while kill -0 "$1" 2> /dev/null && [ $looks -lt 20 ]; do
        sleep 0.2
        now=
        for stat in /proc/[0-9]*/stat; do
            read -r line < "$stat" || continue
            set -- "$1" $line
            [ "$2" = 1 ] || case $4 in
            R | D) now="$now running $looks" ;;
            *) now="$now $2:${15}:${16}" ;;
            esac
        done 2> /dev/null
        case $now in "$was") looks=$((looks + 1)) ;; *) looks=0 ;; esac
        case $now in *running*) looks=0 ;; esac
        was=$now
    done
    [ $looks -lt 20 ] || return 137
    wait "$1"
}

run=0
while [ $run -lt "$times" ]; do
    if [ -n "$idle" ]; then
        timeout --signal=KILL "$seconds" "$@" < /dev/null 3>&- &
        wait_unless_idle $!
    else
        timeout --signal=KILL "$seconds" "$@" < /dev/null 3>&-
    fi
    status=$?
    leftovers >&3
    [ $status -eq 0 ] || exit $status
    run=$((run + 1))
done
exit 0
