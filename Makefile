CONFIGURATION ?= Release

.PHONY: build test format pack clean

build:
	dotnet build -c $(CONFIGURATION)

test:
	dotnet test

format:
	dotnet format

pack:
	dotnet pack -c Release

clean:
	rm -rf artifacts
