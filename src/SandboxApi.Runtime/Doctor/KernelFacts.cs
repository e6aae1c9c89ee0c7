using System.Runtime.InteropServices;
using SandboxApi.Launcher;
using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Doctor;

/// <summary>What only the running kernel can tell, as opposed to what files of the host say.</summary>
internal sealed record KernelFacts
{
    public required bool IsLinux { get; init; }

    public required Architecture Architecture { get; init; }

    public required bool IsRoot { get; init; }

    /// <summary>The error of openat2(2), 0 for none.</summary>
    public required int OpenAt2Error { get; init; }

    /// <summary>The error of asking for filters of system calls, 0 for none.</summary>
    public required int SeccompError { get; init; }

    /// <summary>Whether a user and a mount namespace could be made; null when it was not tried.</summary>
    public required bool? UserNamespaceWorks { get; init; }

    /// <summary>Whether a new /proc could be mounted in new user and pid namespaces; null when it was not tried.</summary>
    public required bool? ProcMountWorks { get; init; }

    public required Func<string, bool> CanWriteDirectory { get; init; }

    public required Func<string, bool> CanWriteFile { get; init; }

    /// <summary>The error of pidfd_send_signal(2), 0 for none.</summary>
    public int PidFdError { get; init; }

    /// <summary>The error of making a sealed file in memory, 0 for none.</summary>
    public int MemoryFileError { get; init; }

    /// <summary>Whether memory that was writable may not become executable, in this process and all that it starts.</summary>
    public bool RefusesWriteExecute { get; init; }

    /// <summary>The bytes free for this user in the file system of a directory; null when that is not known.</summary>
    public Func<string, long?> FreeBytes { get; init; } = _ => null;

    /// <summary>Asks the kernel, and takes from a trial of the engine what only making a sandbox can tell.</summary>
    /// <param name="trial">How making a sandbox went; null when it was not tried.</param>
    public static KernelFacts Gather(Trial? trial = null)
    {
        if (!OperatingSystem.IsLinux())
        {
            return new KernelFacts
            {
                IsLinux = false,
                Architecture = RuntimeInformation.ProcessArchitecture,
                IsRoot = false,
                OpenAt2Error = 0,
                SeccompError = 0,
                UserNamespaceWorks = null,
                ProcMountWorks = null,
                CanWriteDirectory = _ => false,
                CanWriteFile = _ => false,
            };
        }

        return new KernelFacts
        {
            IsLinux = true,
            Architecture = RuntimeInformation.ProcessArchitecture,
            IsRoot = Processes.IsRoot,
            OpenAt2Error = KernelProbe.OpenAt2Error(),
            SeccompError = KernelProbe.SeccompError(),
            PidFdError = KernelProbe.PidFdError(),
            MemoryFileError = KernelProbe.MemoryFileError(),
            RefusesWriteExecute = KernelProbe.RefusesWriteExecute(),
            UserNamespaceWorks = trial?.Passed(Step.Clone) == true ? true : null,
            ProcMountWorks = trial?.Passed(Step.RootProc) == true ? true : trial?.Refused?.Step is Step.RootProc or Step.MountProc ? false : null,
            CanWriteDirectory = KernelProbe.CanWriteDirectory,
            CanWriteFile = KernelProbe.CanWriteFile,
            FreeBytes = Free,
        };
    }

    private static long? Free(string directory)
    {
        try
        {
            return new DriveInfo(directory).AvailableFreeSpace;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
