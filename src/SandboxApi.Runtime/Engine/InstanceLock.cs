using System.Globalization;
using Microsoft.Win32.SafeHandles;
using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Engine;

/// <summary>This running program's number among all that run sandboxes on this host; held by a lock that ends with the program, however it ends.</summary>
internal sealed class InstanceLock : IDisposable
{
    /// <summary>Programs that may run sandboxes at one time.</summary>
    internal const int MaxInstances = 64;

    private const int IdsPerSlot = 2;
    private const int SlotsPerInstance = 1024;

    /// <summary>High above every id that people, services and container tools are given by default.</summary>
    internal const uint FirstId = 0x7000_0000;

    /// <summary>Ids of all instances together.</summary>
    internal const uint IdCount = MaxInstances * SlotsPerInstance * IdsPerSlot;

    private readonly SafeFileHandle _lock;
    private readonly SafeFileHandle _scratchLock;

    private InstanceLock(int number, string scratch, SafeFileHandle handle, SafeFileHandle scratchHandle)
    {
        Number = number;
        Scratch = scratch;
        _lock = handle;
        _scratchLock = scratchHandle;
    }

    internal int Number { get; }

    /// <summary>The name of this instance's cgroups, behind their common prefix.</summary>
    internal string Name => NameOf(Number);

    /// <summary>A directory of this instance's own, empty at start.</summary>
    internal string Scratch { get; }

    /// <summary>Takes the lowest free number.</summary>
    /// <exception cref="PlatformNotSupportedException">All are taken, or there is no place for locks.</exception>
    internal static InstanceLock Take()
    {
        var directory = RuntimeDirectory();
        for (var number = 0; number < MaxInstances; number++)
        {
            if (FileLock.TryTake(LockPath(directory, number)) is not { } handle)
                continue;
            var scratch = Path.Combine(directory, $"instance-{number.ToString(CultureInfo.InvariantCulture)}");
            Directory.CreateDirectory(scratch);

            // Where somebody has removed the lock's file under a living instance (whoever clears temporary files, say) its directory still tells.
            if (FileLock.TryTakeDirectory(scratch) is { } scratchHandle)
            {
                Empty(scratch);
                return new InstanceLock(number, scratch, handle, scratchHandle);
            }

            handle.Dispose();
        }

        throw new PlatformNotSupportedException($"{MaxInstances} programs run sandboxes on this host already (locks in {directory}); stop one.");
    }

    /// <summary>The host's id of a slot's root; the next is its student.</summary>
    internal uint IdBase(int slot) => FirstId + (uint)(((Number * SlotsPerInstance) + slot) * IdsPerSlot);

    public void Dispose()
    {
        if (Directory.Exists(Scratch))
            Directory.Delete(Scratch, recursive: true);
        _scratchLock.Dispose();
        _lock.Dispose();
    }

    private static void Empty(string directory)
    {
        foreach (var entry in new DirectoryInfo(directory).EnumerateFileSystemInfos())
        {
            if (entry is DirectoryInfo { LinkTarget: null } below)
                below.Delete(recursive: true);
            else
                entry.Delete();
        }
    }

    private static string LockPath(string directory, int number) => Path.Combine(directory, $"instance-{number.ToString(CultureInfo.InvariantCulture)}.lock");

    private static string NameOf(int number)
    {
        var user = Processes.EffectiveUser();
        var text = number.ToString(CultureInfo.InvariantCulture);
        return user == 0 ? text : $"u{user.ToString(CultureInfo.InvariantCulture)}-{text}";
    }

    /// <summary>Where this user's locks lie.</summary>
    internal static string RuntimeDirectoryPath()
    {
        var user = Processes.EffectiveUser();
        return user == 0
            ? "/run/sandbox-api"
            : Path.Combine(System.Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } runtime ? runtime : Path.GetTempPath(), $"sandbox-api-{user.ToString(CultureInfo.InvariantCulture)}");
    }

    private static string RuntimeDirectory()
    {
        var path = RuntimeDirectoryPath();
        var info = Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        // In a directory for everybody somebody else may have been first; then the mode is not ours to set.
        if (info.LinkTarget is not null)
            throw new PlatformNotSupportedException($"{path} is a symbolic link; remove it.");
        try
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (UnauthorizedAccessException)
        {
            throw new PlatformNotSupportedException($"{path} belongs to somebody else; remove it, or set XDG_RUNTIME_DIR.");
        }

        return path;
    }
}
