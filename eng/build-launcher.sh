#!/bin/sh
# Publishes the native launcher: build-launcher.sh OUTPUT_DIRECTORY. Called by SandboxApi.Runtime.csproj; does nothing when what lies there is current.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd -P)
mkdir -p "$1"
output=$(cd "$1" && pwd -P)

# Directories are looked at too: they change when a file in them is added or removed.
is_current() {
    [ -x "$output/sandbox-launcher" ] &&
        [ -z "$(find "$root/src/SandboxApi.Launcher" "$root/src/Directory.Build.props" "$root/Directory.Build.props" "$root/Directory.Packages.props" "$root/global.json" "$root/eng" -newer "$output/sandbox-launcher" -print -quit)" ]
}

is_current && exit 0

# Two builds at once (Debug and Release, say) must neither install nor publish at the same time.
command -v flock >/dev/null || { echo "error: there is no flock on the PATH: install it (apt-get install util-linux)" >&2; exit 1; }
exec 9>"$output/.lock"
flock 9
is_current && exit 0

"$root/eng/install-linker.sh" 9>&-
export PATH="$PATH:/usr/local/bin:/usr/bin:/bin"

# What it builds it keeps to itself: another build of the repository may be under way. The servers of the build are not handed the lock, they would keep it.
started=$(mktemp "$output/.started.XXXXXX")
trap 'rm -rf "$started" "$output/new"' EXIT
"${DOTNET_HOST_PATH:-dotnet}" publish "$root/src/SandboxApi.Launcher/SandboxApi.Launcher.csproj" -c Release -o "$output/new" -p:ArtifactsPath="$output/build" --nologo -v quiet 9>&- </dev/null
touch -r "$started" "$output/new/sandbox-launcher"
mv "$output/new/sandbox-launcher" "$output/sandbox-launcher"
