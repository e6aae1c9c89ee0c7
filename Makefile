CONFIGURATION ?= Release

.PHONY: build test security soak format pack clean

build:
	dotnet build -c $(CONFIGURATION)

test:
	dotnet test

security:
	eng/security/all.sh

# Arguments in ARGS: make soak ARGS="--runs 2000 --seed 7"
soak:
	./sandbox version
	dotnet run -c Release --project bench/SandboxApi.Soak -- $(ARGS)

format:
	dotnet format

pack:
	dotnet pack -c Release

clean:
	rm -rf artifacts
