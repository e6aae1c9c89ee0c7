using System.Runtime.InteropServices;

namespace SandboxApi.Runtime.Interop;

/// <summary>Makes files as another user, on this thread, until disposed; needs root.</summary>
/// <remarks>
/// Root of the host is nobody in a file system that was mounted inside a user namespace: it may read and remove there, but the kernel cannot
/// write down whose a new file would be (EOVERFLOW). The file system identity belongs to the thread, hence the
/// ref struct: the compiler lets none live across an await.
/// </remarks>
internal readonly ref partial struct FileIdentity
{
    // Not a valid id: sets nothing, and so tells what is set.
    private const uint Ask = uint.MaxValue;

    private readonly bool _isAssumed;
    private readonly uint _uid;
    private readonly uint _gid;

    private FileIdentity(FileOwner owner)
    {
        _gid = SetFileGroup(owner.Gid);
        _uid = SetFileUser(owner.Uid);
        _isAssumed = true;
        if (SetFileUser(Ask) == owner.Uid && SetFileGroup(Ask) == owner.Gid)
            return;
        Dispose();
        throw new SystemCallException("setfsuid", Errno.Permission);
    }

    /// <summary>Assumes the identity of <paramref name="owner"/>; null assumes nothing.</summary>
    public static FileIdentity Assume(FileOwner? owner) => owner is { } other ? new(other) : default;

    /// <summary>Takes back the identity that was.</summary>
    public void Dispose()
    {
        if (!_isAssumed)
            return;
        _ = SetFileUser(_uid);
        _ = SetFileGroup(_gid);
        // The thread goes back to the pool: with a wrong identity it must not.
        if (SetFileUser(Ask) != _uid || SetFileGroup(Ask) != _gid)
            Environment.FailFast("A thread's file system identity could not be restored.");
    }

    [LibraryImport("libc", EntryPoint = "setfsuid")]
    private static partial uint SetFileUser(uint uid);

    [LibraryImport("libc", EntryPoint = "setfsgid")]
    private static partial uint SetFileGroup(uint gid);
}
