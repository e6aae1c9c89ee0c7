#!/bin/sh
# Publishes the native launcher: build-launcher.sh OUTPUT_DIRECTORY. Called by SandboxApi.Runtime.csproj.
# Installs the linker it needs when that can be done (root on Debian or Ubuntu), else says in one line what to type.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
output=$1
mkdir -p "$output"

have_linker() { command -v gcc >/dev/null 2>&1 && echo 'int main(void){return 0;}' | gcc -x c - -lm -o /dev/null >/dev/null 2>&1; }

# Two builds at once (Debug and Release, say) must neither install nor publish at the same time.
exec 9>"$output/.lock"
flock 9

if ! have_linker; then
    install="apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev"
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "installing a linker for the native launcher: $install" >&2
        log=$(DEBIAN_FRONTEND=noninteractive sh -c "$install" 2>&1 9>&-) || { echo "$log" >&2; echo "error: the native launcher needs gcc as linker, and installing it failed; type: $install" >&2; exit 1; }
    fi
    have_linker || { echo "error: the native launcher needs gcc as linker, and there is none on the PATH; type: sudo sh -c '$install'" >&2; exit 1; }
fi

"${DOTNET_HOST_PATH:-dotnet}" publish "$here/src/SandboxApi.Launcher/SandboxApi.Launcher.csproj" -c Release -o "$output" --nologo -v quiet 9>&-
