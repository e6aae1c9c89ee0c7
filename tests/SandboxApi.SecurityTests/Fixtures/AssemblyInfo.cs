using System.Runtime.Versioning;
using SandboxApi.SecurityTests.Fixtures;

[assembly: AssemblyFixture(typeof(Arena))]
[assembly: SupportedOSPlatform("linux")]

// What an attack leaves on the host is counted; so nothing else may go on meanwhile.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]
