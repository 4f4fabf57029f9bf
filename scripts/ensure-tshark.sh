#!/usr/bin/env bash
# The independent decoder that the tests hold our octets against. Where it cannot be installed it is
# named, and the tests that need it say that they are skipped.
set -u
command -v tshark >/dev/null 2>&1 && exit 0
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
  echo 'installing tshark'
  (apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends tshark) \
    >/dev/null 2>&1 || echo 'tshark could not be installed'
else
  echo 'tshark is missing: install the Debian package tshark to run the tests that need it'
fi
exit 0
