# Compiles main.cs with the compiler of the .NET SDK, without a project: restoring one wants a network.
set -e
framework=$(dotnet --list-runtimes | sed -n 's/^Microsoft.NETCore.App \([0-9.]*\) \[\(.*\)\]$/\2\/\1/p' | tail -n 1)
compiler=$(ls -d "${framework%/shared/*}"/sdk/*/Roslyn/bincore/csc.dll | tail -n 1)
printf '{"runtimeOptions":{"framework":{"name":"Microsoft.NETCore.App","version":"%s"}}}' "${framework##*/}" >main.runtimeconfig.json
references=()
for library in System.Runtime System.Console System.Collections System.Private.CoreLib; do
    references+=("-r:$framework/$library.dll")
done
dotnet "$compiler" -nologo -nostdlib -out:main.dll "${references[@]}" main.cs
