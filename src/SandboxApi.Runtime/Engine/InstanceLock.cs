using System.Globalization;
using Microsoft.Win32.SafeHandles;
using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Engine;

/// <summary>This running program's number among all that run sandboxes on this host; held by a lock that ends with the program, however it ends.</summary>
internal sealed class InstanceLock : IDisposable
{
    /// <summary>Programs that may run sandboxes at one time.</summary>
    internal const int MaxInstances = 1024;

    private const int IdsPerSlot = 2;
    private const int OwnersOnly = 0x1C0; // 0700
    private const int GroupOrOthersMayWrite = 0x12;
    private const int Sticky = 0x200;
    private const int SlotsPerInstance = 1024;

    /// <summary>High above every id that people, services and container tools are given by default.</summary>
    internal const uint FirstId = 0x7000_0000;

    /// <summary>Ids of all instances together.</summary>
    internal const uint IdCount = MaxInstances * SlotsPerInstance * IdsPerSlot;

    /// <summary>Programs that only run one command are soon gone.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

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

    /// <summary>Takes the lowest free number; where all are taken, waits a moment for one.</summary>
    /// <exception cref="HostFullException">All are taken.</exception>
    /// <exception cref="PlatformNotSupportedException">There is no place for locks.</exception>
    internal static async Task<InstanceLock> TakeAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        var directory = RuntimeDirectory();
        var start = time.GetTimestamp();
        while (true)
        {
            if (TryTake(directory, MaxInstances) is { } taken)
                return taken;
            if (time.GetElapsedTime(start) >= s_patience)
                throw new HostFullException($"{MaxInstances} programs run sandboxes on this host already, and there is room for no more (their locks are in {directory}). End some, or run commands on one server instead (sandbox serve, and --server URL).");
            await Task.Delay(s_pause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Takes the lowest free number below <paramref name="instances"/>; null when none is free.</summary>
    internal static InstanceLock? TryTake(string directory, int instances)
    {
        for (var number = 0; number < instances; number++)
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

        return null;
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

    /// <summary>Where locks can lie, the usual place first.</summary>
    internal static IReadOnlyList<string> RuntimeDirectoryPaths()
    {
        var name = $"sandbox-api-{Processes.EffectiveUser().ToString(CultureInfo.InvariantCulture)}";
        return [.. new[] { RuntimeDirectoryPath(), $"/dev/shm/{name}", Path.Combine(Path.GetTempPath(), name) }.Distinct()];
    }

    /// <summary>The directory for locks; where the usual one cannot be made (a root that is read-only, say), one in memory or for temporary files.</summary>
    private static string RuntimeDirectory()
    {
        var places = RuntimeDirectoryPaths();
        Exception? first = null;
        foreach (var place in places)
        {
            try
            {
                return Prepare(place);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                first ??= exception;
            }
        }

        throw new PlatformNotSupportedException($"There is no place for this program's lock: none of {string.Join(", ", places)} can be written ({first!.Message.TrimEnd('.')}). Make one of them writable.", first);
    }

    /// <summary>Makes the directory, or takes it as it is if nobody else can change what lies there.</summary>
    /// <remarks>
    /// In a directory for everybody somebody else may have been first, and may put another thing in its place at any moment. So it is looked at by a descriptor; once it is known to be this
    /// user's own, the sticky bit of the directory above keeps everybody else from moving it away.
    /// </remarks>
    internal static string Prepare(string path)
    {
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        EnsureNobodyElseCanMoveFrom(Path.GetDirectoryName(path)!);
        using var directory = OpenOwn(path);
        DirectoryHandle.SetMode(directory, OwnersOnly);
        if (!KernelProbe.CanWriteDirectory(path))
            throw new UnauthorizedAccessException($"{path} cannot be written");
        return path;
    }

    private static DirectoryHandle OpenOwn(string path)
    {
        DirectoryHandle directory;
        try
        {
            directory = DirectoryHandle.OpenItself(path);
        }
        catch (SystemCallException exception) when (exception.Errno is Errno.Loop or Errno.NotDirectory)
        {
            throw new PlatformNotSupportedException($"{path} is a symbolic link or no directory; remove it.", exception);
        }

        if (DirectoryHandle.StatusOf(directory).Uid == Processes.EffectiveUser())
            return directory;
        directory.Dispose();
        throw new PlatformNotSupportedException($"{path} belongs to somebody else; remove it, or set XDG_RUNTIME_DIR.");
    }

    private static void EnsureNobodyElseCanMoveFrom(string above)
    {
        using var directory = DirectoryHandle.Open(above);
        var mode = DirectoryHandle.StatusOf(directory).Mode;
        if ((mode & GroupOrOthersMayWrite) != 0 && (mode & Sticky) == 0)
            throw new UnauthorizedAccessException($"others can replace what lies in {above}");
    }
}
