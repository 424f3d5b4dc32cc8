# shellcheck shell=bash
# What ./run and ./test share. Sourced from the top of the source tree.

say() {
    printf '== %s\n' "$*"
}

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

require_root() {
    if [[ $EUID != 0 ]]; then
        die "containers are made by root: run this as root, for example with sudo"
    fi
}

# Prints the packages that are missing, given PACKAGE=COMMAND, PACKAGE=/FILE or PACKAGE=LIBRARY.so.N words.
missing_packages() {
    local wanted probe
    for wanted; do
        probe=${wanted#*=}
        case $probe in
            /*) [[ -e $probe ]] ;;
            *.so.*) ldconfig -p | grep "^[[:space:]]$probe " >/dev/null ;;
            *) type -P "$probe" >/dev/null ;;
        esac || echo "${wanted%%=*}"
    done
}

# Installs what is missing of PACKAGE=PROBE words, and a JDK where none of the right age is found.
install_packages() {
    local missing
    mapfile -t missing < <(missing_packages "$@")
    if ! bin/find-java --jdk >/dev/null; then
        missing+=(openjdk-25-jdk-headless)
    fi
    if ((${#missing[@]} == 0)); then
        return
    fi
    type -P apt-get >/dev/null || die "these are missing, and there is no apt-get to install them: ${missing[*]}"
    say "installing ${missing[*]}"
    apt_get update
    if [[ ${missing[-1]} == openjdk-* && -z $(apt-cache search --names-only '^openjdk-25-jdk-headless$') ]]; then
        die "no JDK 25 or newer is installed, and this distribution has none: install one, for example from https://adoptium.net, and set JAVA_HOME"
    fi
    if [[ -e /usr/sbin/policy-rc.d ]]; then
        apt_get install --no-install-recommends "${missing[@]}"
        return
    fi
    # Some of these bring a service that nobody asked for: while this file says so, their scripts start nothing
    (
        trap 'rm -f /usr/sbin/policy-rc.d' EXIT
        install -m 755 /dev/stdin /usr/sbin/policy-rc.d <<<$'#!/bin/sh\nexit 101'
        apt_get install --no-install-recommends "${missing[@]}"
    )
}

# apt-get, quiet unless it fails. The file system is not synced after each package: this is no upgrade.
apt_get() {
    quietly env DEBIAN_FRONTEND=noninteractive apt-get -y -q -o Dpkg::Options::=--force-unsafe-io "$@"
}

# Runs a command and shows its output only if it fails.
quietly() {
    local log
    log=$(mktemp)
    if ! "$@" >"$log" 2>&1 </dev/null; then
        cat "$log" >&2
        rm -f "$log"
        die "failed: $*"
    fi
    rm -f "$log"
}

maven() {
    JAVA_HOME=$(bin/find-java --jdk) MAVEN_OPTS="-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData" ./mvnw -B -ntp "$@"
}

# Packages without which neither the shim can be compiled nor a pod be started.
# shellcheck disable=SC2034 # used by those who source this
runtime_packages=(
    ca-certificates=/etc/ssl/certs/ca-certificates.crt
    wget=wget
    make=make
    gcc=gcc
    libc6-dev=/usr/include/stdio.h
    musl-tools=musl-gcc
    iproute2=ip
    nftables=nft
    busybox-static=busybox
    libseccomp2=libseccomp.so.2
    libzstd1=libzstd.so.1
)

# What conformance-tests/critest needs on top of them and of what ./test installs. Any Go from 1.21 on fetches the one that it needs.
# shellcheck disable=SC2034 # used by those who source this
critest_packages=(
    docker-registry=docker-registry
    skopeo=skopeo
    umoci=umoci
    golang-go=go
    nginx-light=nginx
    jq=jq
    util-linux-extra=ipcmk
)

# What conformance-tests/kubelet needs on top of runtime_packages; jq and curl in the node.
# shellcheck disable=SC2034 # used by those who source this
kubelet_packages=(
    docker-registry=docker-registry
    skopeo=skopeo
    umoci=umoci
    golang-go=go
    curl=curl
    jq=jq
    procps=pgrep
)

# What a build depends on: names, sizes and times of the sources, and the compiler.
fingerprint() {
    {
        bin/find-java --jdk
        find pom.xml mvnw .mvn config ./*/pom.xml ./*/src/main -type f -printf '%p %s %T@\n' | LC_ALL=C sort
    } | sha256sum
}

dist=daemon/target/dist

# Builds the distribution unless it is of the sources as they are. The gate's checks are ./test's business.
build() {
    local stamp=$dist/.fingerprint now
    now=$(fingerprint)
    if [[ -e $stamp && $(<"$stamp") == "$now" ]]; then
        return
    fi
    say "building"
    rm -f "$stamp"
    quietly maven -T 1C package -pl daemon -am -Dquick -DskipTests -Dmaven.test.skip=true
    echo "$now" >"$stamp"
}

# Has a JVM record what a daemon and its clients load and link, so that later ones start with it: a third of a second less
# CPU for each start, for four seconds now. Worth it for what is installed, not for a first look.
# That takes a whole pod: it runs in a mount and a network namespace, and its cgroup is removed.
record_cache() {
    local work log
    work=$(mktemp -d)
    log=$work/log
    mkdir "$work/data"
    say "recording the ahead-of-time cache"
    rm -f "$dist/demitasse.aot"
    bin/busybox-image "$work/image"
    # shellcheck disable=SC2016 # expanded inside
    if ! unshare --mount --net --propagation private bash -euo pipefail -c '
        [[ $(stat -f -c %T /sys/fs/cgroup) == cgroup2fs ]] || mount -t cgroup2 none /sys/fs/cgroup
        ip link set lo up
        mount -t tmpfs demitasse "$1/data"
        cgroup=/sys/fs/cgroup/demitasse-rehearsal-$$
        export DEMITASSE_JAVA_OPTIONS="-XX:AOTCacheOutput=$2/demitasse.aot"
        code=0
        bin/demitasse rehearse --directory "$1/data" --image "$1/image" --cgroup-root "$cgroup" || code=$?
        remove_cgroup "$cgroup"
        exit "$code"' rehearsal "$work" "$dist" >"$log" 2>&1 </dev/null; then
        rm -f "$dist/demitasse.aot"
        # without what the JVM says about classes it cannot archive
        grep -v -e '\[aot' -e AOT "$log" | tail -n 20 >&2
        say "not recorded: commands start slower, nothing else"
    fi
    rm -rf "$work"
}

# Kills what is in a cgroup and removes it; a killed process leaves it some time after the kill.
remove_cgroup() {
    local tries
    [[ -d $1 ]] || return 0
    echo 1 >"$1/cgroup.kill"
    for ((tries = 0; tries < 250; tries++)); do
        find "$1" -depth -type d -exec rmdir {} + 2>/dev/null || true
        [[ -d $1 ]] || return 0
        sleep 0.02
    done
    die "cannot remove $1"
}
export -f remove_cgroup die
