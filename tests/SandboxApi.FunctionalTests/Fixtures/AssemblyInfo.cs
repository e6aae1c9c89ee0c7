using SandboxApi.FunctionalTests.Fixtures;

[assembly: AssemblyFixture(typeof(Sandboxes))]
