namespace SandboxApi.Soak.Watching;

/// <summary>What the server holds of its host at one moment.</summary>
internal sealed record HostFigures
{
    /// <summary>Seconds since the first run.</summary>
    public required double At { get; init; }

    /// <summary>Runs that have ended.</summary>
    public required int Runs { get; init; }

    /// <summary>Resident memory of the server's process, in bytes.</summary>
    public required long Memory { get; init; }

    /// <summary>Resident memory of the launcher's two processes, in bytes.</summary>
    public required long LauncherMemory { get; init; }

    /// <summary>Memory that the kernel counts in the slots' cgroups, in bytes; null where none can be read.</summary>
    public required long? SlotMemory { get; init; }

    public required int Threads { get; init; }

    public required int Descriptors { get; init; }

    /// <summary>Processes below the server: the launcher's, each sandbox's init, and what runs inside.</summary>
    public required int Processes { get; init; }

    /// <summary>Cgroup directories of the server, in all hierarchies.</summary>
    public required int Cgroups { get; init; }

    /// <summary>Mounts of the launcher's mount namespace and of the host's.</summary>
    public required int Mounts { get; init; }

    /// <summary>Files and directories in the server's data and temporary directories.</summary>
    public required int Files { get; init; }

    public required KernelFigures Kernel { get; init; }
}
