#!/usr/bin/env bash
# Runs every test against a PostgreSQL made for the run and thrown away after it.
# usage: Deploy/test [arguments of swift test]
. "$(dirname "$0")/lib.sh"
install_needed
install_packages dnsmasq-base
swift_build --build-tests
make_scratch test
tests_begin
# A crash says where it was.
export SWIFT_BACKTRACE=enable=yes,interactive=no,color=no,registers=none,images=none
strace -f --seccomp-bpf -e trace=close -Z -o /tmp/closes.txt swift test --skip-build "$@"
