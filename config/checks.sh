# shellcheck shell=bash
# Checks of what commands print: a line for each, and the counts at the end. Sourced by the suites written in bash.

passed=0 failed=0 waiting=0 out=''
pass() { # NAME
    passed=$((passed + 1))
    echo "passed  $1"
}
fail() { # NAME REASON
    failed=$((failed + 1))
    echo "failed  $1: $2"
}
last() {
    tail -n 1 <<<"$out"
}

# check NAME REGEX COMMAND...: it succeeds, and prints something that matches
check() {
    local name=$1 expected=$2 code=0
    shift 2
    out=$("$@" 2>&1) || code=$?
    if [[ $code != 0 ]]; then
        fail "$name" "ended with $code: $(last)"
    elif ! grep -qE -- "$expected" <<<"$out"; then
        fail "$name" "printed nothing like '$expected': $(last)"
    else
        pass "$name"
    fi
}

# eventually NAME REGEX COMMAND...: as check, as soon as it is so, or after a minute
eventually() {
    local expected=$2 end=$((SECONDS + ${patience:-60}))
    until { "${@:3}" 2>/dev/null || true; } | grep -qE -- "$expected" || ((SECONDS > end)); do sleep 0.1; done
    check "$@"
}

# refuse NAME REGEX COMMAND...: it fails, and says why
refuse() {
    local name=$1 expected=$2
    shift 2
    if out=$("$@" 2>&1); then
        fail "$name" "succeeded"
    elif ! grep -qE -- "$expected" <<<"$out"; then
        fail "$name" "did not say '$expected': $(last)"
    else
        pass "$name"
    fi
}

# expect NAME CODE TEXT COMMAND...: it ends with CODE and prints TEXT
expect() {
    local name=$1 wanted=$2 text=$3 code=0
    shift 3
    out=$("$@" 2>&1) || code=$?
    if [[ $code == "$wanted" && $out == *"$text"* ]]; then
        pass "$name"
    else
        fail "$name" "ended with $code instead of $wanted, or without \"$text\": $(tail -n 5 <<<"$out")"
    fi
}

# need: as check, but what follows makes no sense without it
need() {
    local before=$failed
    check "$@"
    if [[ $failed != "$before" ]]; then finish; fi
}

# Nothing checked is a failure as well.
finish() {
    if ((waiting > 0)); then echo "$passed passed, $failed failed, $waiting waiting"; else echo "$passed passed, $failed failed"; fi
    ((failed == 0 && passed > 0)) || exit 1
    exit 0
}
