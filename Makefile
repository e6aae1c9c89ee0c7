CONFIGURATION ?= Release

.PHONY: build test fuzz security soak bench format pack clean

build:
	dotnet build -c $(CONFIGURATION)

test:
	dotnet test

# Each target for FUZZ_SECONDS, with a seed of its own: FUZZ_SEED=… repeats a run, FUZZ_INPUT=… one input.
fuzz:
	FUZZ_SECONDS=$(or $(FUZZ_SECONDS),300) FUZZ_SEED=$(or $(FUZZ_SEED),$$(date +%s)) dotnet test --project tests/SandboxApi.FuzzTests

security:
	eng/security/all.sh

# Arguments in ARGS: make soak ARGS="--runs 2000 --seed 7"
soak:
	./sandbox version
	dotnet run -c Release --project bench/SandboxApi.Soak -- $(ARGS)

# Writes docs/performance.md. Arguments in ARGS: make bench ARGS="--only latency --scale 0.2 --output artifacts/look.md --against go-judge=http://127.0.0.1:5050"
bench:
	./sandbox version
	BENCH_SANDBOX=artifacts/sandbox/sandbox dotnet run -c Release --project bench/SandboxApi.Bench -- $(ARGS)

format:
	dotnet format

pack:
	dotnet pack -c Release

clean:
	rm -rf artifacts
