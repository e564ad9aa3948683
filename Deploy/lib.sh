# Shared by the scripts beside it: where things are, what must be installed, and an embedded
# PostgreSQL that touches nothing of the system's own.
set -eu
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT"
export SWIFT_BACKTRACE=${SWIFT_BACKTRACE:-enable=no}

# Builds. The compiler leaves temporary folders behind: it gets one for them, thrown away afterwards.
swift_build() {
  # The build does not notice by itself that a file has changed which CFiles.c embeds.
  files=Sources/CFiles/CFiles.c
  [ -z "$(sed -n 's/^#embed "\([^"]*\)".*/Sources\/CFiles\/\1/p' $files |
    xargs -I {} find {} -newer $files)" ] || touch $files
  leavings=$(mktemp -d) result=0
  TMPDIR=$leavings swift build "$@" || result=$?
  rm -rf "$leavings"
  return $result
}

say() { printf '%s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }

# Installs the named Debian packages where one is missing.
install_packages() {
  missing=
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
      missing="$missing $package"
  done
  [ -z "$missing" ] && return 0
  say "installing$missing"
  become=
  [ "$(id -u)" = 0 ] || become=sudo
  $become apt-get update -qq >&2
  DEBIAN_FRONTEND=noninteractive $become apt-get install -y -qq $missing >/dev/null
}

install_needed() {
  command -v swift >/dev/null || die "the Swift toolchain is not in PATH"
  install_packages libpq-dev libssl-dev postgresql-15 publicsuffix curl
}

# A Python of .tenure/ with these packages and no others, made once, and anew when they are others: its
# folder's name, and pip's arguments. Its path is in $venv afterwards.
python_with() {
  venv=$ROOT/.tenure/$1
  shift
  [ "$(cat "$venv/packages" 2>/dev/null)" = "$*" ] && return 0
  install_packages python3-venv
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install -q "$@"
  echo "$*" >"$venv/packages"
}

# A folder that is thrown away when the script ends, with the PostgreSQL that was started in its
# `postgres`. Its path is in $scratch afterwards. In memory, where there is room: a test has a database
# of its own, and ext4 takes longer to make the thousand files of one than PostgreSQL to fill them.
make_scratch() {
  place=/tmp
  room=$(df --output=avail -k /dev/shm 2>/dev/null | tail -1)
  [ "$1" = test ] && [ "${room:-0}" -gt $((6 * 1024 * 1024)) ] && place=/dev/shm
  scratch=$(mktemp -d "$place/tenure-$1.XXXXXX")
  chmod 711 "$scratch"
  trap discard EXIT
  trap 'exit 130' INT TERM
}
discard() { postgres_stop "$scratch/postgres"; rm -rf "$scratch"; }

postgres_bin() {
  for bin in "${TENURE_PG_BIN:-}" /usr/lib/postgresql/*/bin; do
    [ -n "$bin" ] && [ -x "$bin/initdb" ] && found=$bin
  done
  [ -n "${found:-}" ] || die "no PostgreSQL found; set TENURE_PG_BIN to its bin directory"
  echo "$found"
}

# Runs a command as somebody who is not root: PostgreSQL refuses root, and the daemon needs none of
# its powers. As root that is the user `postgres` where it can reach the files, and else root
# without any capability, in a user namespace of its own.
# Ends this shell: called in a subshell, so that its process is the command's own and can be
# signalled. The command is told when the script dies, and does not keep the script's lock.
exec_as_service() {
  exec 9>&-
  if [ "$(id -u)" != 0 ]; then
    exec setpriv --pdeathsig INT "$@"
  elif [ "$(service_mode)" = user ]; then
    exec setpriv --reuid=postgres --regid=postgres --clear-groups --pdeathsig INT "$@"
  else
    exec unshare --user setpriv --pdeathsig INT "$@"
  fi
}

service_mode() {
  mode=namespace
  setpriv --reuid=postgres --regid=postgres --clear-groups test -x "$ROOT" 2>/dev/null && mode=user
  echo "$mode"
}

give_to_service() {
  if [ "$(id -u)" = 0 ] && [ "$(service_mode)" = user ]; then chown -R postgres "$@"; fi
}

# The socket's directory: short, because a socket's path has 107 bytes at the most, and closed to
# everybody else, because whoever reaches the socket is let in.
socket_dir() { echo "/tmp/tenure-$(id -u)-$(printf '%s' "$1" | cksum | cut -d' ' -f1)"; }

# Makes a cluster in $1 where there is none, and starts it as a child of this shell.
postgres_start() {
  state=$1
  bin=$(postgres_bin)
  socket=$(socket_dir "$state")
  mkdir -p "$state"
  mkdir -p -m 700 "$socket"
  chmod 700 "$socket"
  give_to_service "$state" "$socket"
  if [ ! -f "$state/data/PG_VERSION" ]; then
    rm -rf "$state/data"
    (cd / && exec_as_service "$bin/initdb" -D "$state/data" -U postgres -A peer -E UTF8 \
      --locale=C.UTF-8 --data-checksums --no-sync) >"$state/initdb.log" 2>&1 ||
      { cat "$state/initdb.log" >&2; die "initdb failed"; }
    echo 'local all all peer map=tenure' >"$state/data/pg_hba.conf"
    printf 'tenure /^.*$ postgres\ntenure /^.*$ tenure_app\n' >"$state/data/pg_ident.conf"
  fi
  version=$(cat "$state/data/PG_VERSION")
  case $bin in */"$version"/bin) ;; /usr/lib/*) die "the data is of PostgreSQL $version, not of $bin" ;; esac
  (cd / && exec_as_service ${POSTGRES_ENV:-} "$bin/postgres" -D "$state/data" -k "$socket" -c listen_addresses= \
    -c jit=off -c shared_buffers=256MB -c max_connections=100 -c max_wal_size=2GB \
    ${POSTGRES_OPTIONS:-}) >>"$state/postgres.log" 2>&1 &
  POSTGRES_PID=$!
  for _ in $(seq 150); do
    "$bin/pg_isready" -q -h "$socket" -U postgres && return 0
    kill -0 "$POSTGRES_PID" 2>/dev/null || break
    sleep 0.1
  done
  tail -5 "$state/postgres.log" >&2
  die "PostgreSQL did not start; its log is $state/postgres.log"
}

# Stops it: fast, which waits for no client; immediate where that takes too long.
postgres_stop() {
  pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null) || return 0
  kill -INT "$pid" 2>/dev/null || return 0
  for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
  kill -QUIT "$pid" 2>/dev/null || true
  rm -rf "$(socket_dir "$1")"
}

# From now on PostgreSQL, and whatever is started with FAKETIME_LIBRARY preloaded, read from the
# file $1 how far their clocks are ahead (libfaketime's notation, "+86400").
hold_time() {
  export FAKETIME_LIBRARY
  FAKETIME_LIBRARY=$(dpkg -L libfaketime | grep -m 1 '/libfaketimeMT.so')
  echo '+0' >"$1"
  chmod 644 "$1"
  POSTGRES_ENV="env LD_PRELOAD=$FAKETIME_LIBRARY FAKETIME_TIMESTAMP_FILE=$1 \
    FAKETIME_CACHE_DURATION=1 FAKETIME_DONT_FAKE_MONOTONIC=1 DONT_FAKE_MONOTONIC=1 \
    FAKETIME_DISABLE_SHM=1"
}

# Starts a PostgreSQL for tests in $scratch, and tells them of it, of the vectors where there are any,
# and of a folder for what they leave behind.
tests_begin() {
  export POSTGRES_OPTIONS='-c fsync=off -c max_connections=400'
  postgres_start "$scratch/postgres"
  export TENURE_TEST_DATABASE_URL=$(postgres_url "$scratch/postgres" postgres)
  vectors=$ROOT/../shared/checks/vectors
  [ -n "${TENURE_VECTORS:-}" ] || [ ! -d "$vectors" ] || export TENURE_VECTORS=$vectors
  mkdir "$scratch/tmp"
  export TMPDIR=$scratch/tmp
}

# The login that owns the schema, and the one that the service serves by: it owns nothing.
postgres_url() { echo "host=$(socket_dir "$1") user=postgres dbname=$2"; }
service_url() { echo "host=$(socket_dir "$1") user=tenure_app dbname=$2"; }

psql_in() { "$(postgres_bin)/psql" -X -q -v ON_ERROR_STOP=1 -h "$(socket_dir "$1")" -U postgres "${@:2}"; }

# A PostgreSQL in the scratch folder with an empty database, and the settings of a service on it: without
# rate limits, its first operator key in $scratch/operator.key.
service_settings() {
  postgres_start "$scratch/postgres"
  head -c 32 /dev/urandom | base64 >"$scratch/root.key"
  psql_in "$scratch/postgres" -d postgres -c 'CREATE DATABASE tenure'
  export TENURE_DATABASE_URL TENURE_MIGRATE_URL
  TENURE_DATABASE_URL=$(service_url "$scratch/postgres" tenure)
  TENURE_MIGRATE_URL=$(postgres_url "$scratch/postgres" tenure)
  export TENURE_ROOT_KEY_FILE=$scratch/root.key TENURE_OPERATOR_KEY_FILE=$scratch/operator.key
  export TENURE_FAILURE_RATE=0 TENURE_TENANT_RATE=0 TENURE_OPERATOR_RATE=0 TENURE_LOG_LEVEL=warning
}

# Waits until a service answers at a URL that it is ready; its log is $scratch/daemon.log.
service_ready() {
  for _ in $(seq 200); do curl -sfk "$1/health/ready" >/dev/null && return 0; sleep 0.1; done
  cat "$scratch/daemon.log" >&2
  die "the service did not become ready"
}
