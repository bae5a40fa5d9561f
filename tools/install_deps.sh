#!/bin/sh
# Installs the Debian packages that building and testing needs, and those named as arguments, where
# they are missing.
# Quiet and without root when nothing is missing. A LibTorch unpacked elsewhere is used when
# CMAKE_PREFIX_PATH names it; WITHOUT_MODEL leaves out what only the model needs.
set -eu
cd "$(dirname "$0")/.."
mkdir -p build

packages="g++ cmake ninja-build pkg-config libboost-dev libboost-program-options-dev libsqlite3-dev
  libfmt-dev catch2 libtomlplusplus-dev nlohmann-json3-dev libxxhash-dev libarchive-dev zlib1g-dev
  libsentencepiece-dev libcurl4-openssl-dev nettle-dev $*"
# libdnnl-dev's CMake package asks for OpenCL, and the Debian package only recommends it.
[ -n "${WITHOUT_MODEL:-}" ] || packages="$packages libdnnl-dev ocl-icd-opencl-dev"
[ -n "${WITHOUT_MODEL:-}${CMAKE_PREFIX_PATH:-}" ] || packages="$packages libtorch-dev libopenblas0-pthread"

missing=""
for package in $packages; do
  status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

sudo=""
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || {
    echo "missing:$missing" >&2
    echo "install them as root: apt-get install$missing" >&2
    exit 1
  }
  sudo=sudo
fi
echo "installing:$missing"
$sudo apt-get update -q >build/install.log 2>&1 || { cat build/install.log; exit 1; }
DEBIAN_FRONTEND=noninteractive
export DEBIAN_FRONTEND
# shellcheck disable=SC2086
$sudo apt-get install -y -q --no-install-recommends $missing >build/install.log 2>&1 || {
  tail -n 20 build/install.log
  exit 1
}
