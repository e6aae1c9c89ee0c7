CONFIGURATION ?= Release

.PHONY: build test security format pack clean

build:
	dotnet build -c $(CONFIGURATION)

test:
	dotnet test

security:
	eng/security/all.sh

format:
	dotnet format

pack:
	dotnet pack -c Release

clean:
	rm -rf artifacts
