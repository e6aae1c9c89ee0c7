using SandboxApi.Runtime.Interop;

namespace SandboxApi.FuzzTests.Launching;

/// <summary>Descriptors to send along, and those that this process holds.</summary>
internal static class Handles
{
    /// <summary>Room for as many as a message can take beyond what is asked for.</summary>
    public const int Most = 12;

    /// <summary>Sockets, memory files and pidfds that are open; of other files the .NET runtime opens and closes some as it likes.</summary>
    public static int Count() => Directory.EnumerateFileSystemEntries("/proc/self/fd").Count(fd => new FileInfo(fd).LinkTarget is { } target
        && (target.StartsWith("socket:", StringComparison.Ordinal) || target.StartsWith("/memfd:sandbox", StringComparison.Ordinal) || target == "anon_inode:[pidfd]"));

    /// <summary>So many descriptors of memory files, closed afterwards.</summary>
    public static void With(int count, Action<int[]> send)
    {
        var descriptors = new int[count];
        for (var i = 0; i < count; i++)
            descriptors[i] = MemoryFiles.CreateSealed("x"u8);
        try
        {
            send(descriptors);
        }
        finally
        {
            foreach (var descriptor in descriptors)
                _ = Descriptors.Close(descriptor);
        }
    }
}
