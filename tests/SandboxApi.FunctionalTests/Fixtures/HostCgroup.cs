namespace SandboxApi.FunctionalTests.Fixtures;

/// <summary>A cgroup that was on the host at a look. Two looks saw the same one only if both are equal: the name of one that has gone is soon another's.</summary>
/// <param name="Directory">Where it is.</param>
/// <param name="Identity">Device and inode.</param>
internal sealed record HostCgroup(string Directory, string Identity);
