using System.Runtime.Versioning;
using SandboxApi.FunctionalTests.Fixtures;

[assembly: AssemblyFixture(typeof(Sandboxes))]
[assembly: SupportedOSPlatform("linux")]
