using System.Runtime.Versioning;

[assembly: SupportedOSPlatform("linux")]

// Time, descriptors and memory are counted for one target at a time.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]
