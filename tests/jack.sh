# A JACK server of one's own for a test: source this after check.sh. POSIX sh.
# jack_start [jackd's dummy options...]; jack_stop; jack_start skips the test where there is no jackd.
# A server that was killed keeps its place among the 8 that JACK allows: start it again to give it free.

jack_pid=
trap 'jack_stop; cd /; chmod -R u+w "$scratch"; rm -rf "$scratch"' EXIT
XDG_CONFIG_HOME=$scratch/config
JACK_DEFAULT_SERVER=gruff-test-$$
JACK_NO_AUDIO_RESERVATION=1
export XDG_CONFIG_HOME JACK_DEFAULT_SERVER JACK_NO_AUDIO_RESERVATION

# Tests that were killed leave servers behind that take up JACK's 8 places. While no server runs at all, the list
# of them is of no use to anyone.
forget_dead_servers()
{
    command -v pgrep >/dev/null || return 0
    pgrep -x 'jackd|jackdbus' >/dev/null || rm -f /dev/shm/jack-shm-registry /dev/shm/jack*gruff-test-*
}

jack_start() # [dummy driver's options]
{
    command -v jackd >/dev/null || skip "no jackd here (Debian: jackd2)"
    forget_dead_servers
    jackd -n "$JACK_DEFAULT_SERVER" --no-realtime -d dummy -r 48000 "$@" >jackd.log 2>&1 &
    jack_pid=$!
    for _ in $(seq 25); do
        sleep 0.3
        timeout 5 jack_lsp >/dev/null 2>&1 && return
    done
    sed 's/^/    jackd: /' jackd.log
    skip "jackd does not start here"
}

jack_stop()
{
    [ -z "$jack_pid" ] || kill "$jack_pid" 2>/dev/null
    [ -z "$jack_pid" ] || wait_for_end "$jack_pid" 3
    jack_pid=
}

wait_for_port() # PORT: at most 10 s
{
    for _ in $(seq 30); do
        sleep 0.3
        timeout 5 jack_lsp 2>/dev/null | grep -qx "$1" && return
    done
    failed "no port $1"
}

wait_for_end() # PID SECONDS: its status, or 99 if it did not end
{
    for _ in $(seq $(($2 * 10))); do
        kill -0 "$1" 2>/dev/null || break
        sleep 0.1
    done
    if kill -0 "$1" 2>/dev/null; then
        kill -9 "$1"
        wait "$1" 2>/dev/null
        return 99
    fi
    wait "$1"
}
