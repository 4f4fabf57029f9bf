#!/usr/bin/env bash
# Usage: ensure-tools.sh COMMAND... Each is a Debian package of the same name that some tests need:
# tshark, the independent decoder that our octets are held against; strace, the witness of what was
# synced before an answer. What cannot be installed is named, and its tests say that they are skipped.
set -u
missing=()
for tool in "$@"; do
  command -v "$tool" >/dev/null 2>&1 || missing+=("$tool")
done
[ ${#missing[@]} = 0 ] && exit 0
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
  echo "installing ${missing[*]}"
  (apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    "${missing[@]}") >/dev/null 2>&1 || echo "${missing[*]} could not be installed"
else
  echo "${missing[*]} missing: install the Debian packages to run the tests that need them"
fi
exit 0
