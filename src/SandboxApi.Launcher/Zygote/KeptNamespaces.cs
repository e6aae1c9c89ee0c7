using SandboxApi.Launcher.Init;
using SandboxApi.Launcher.Interop;
using static SandboxApi.Launcher.Interop.Constants;

namespace SandboxApi.Launcher.Zygote;

/// <summary>
/// The network and ipc namespaces of a slot: kept for its next sandbox where nothing was ever made in them (no socket, no object of System V or POSIX IPC), as they are then as new ones, and cost nothing.
/// </summary>
/// <remarks>
/// Whatever is not proven ends with the namespaces thrown away: a byte that zygote and init share says that they are untouched only between the moment in which the kernel began to
/// report such calls to init and the first of them (<see cref="ReportWatch"/>).
/// </remarks>
internal unsafe ref struct KeptNamespaces
{
    private readonly bool _isNetworkHosts;

    internal KeptNamespaces(bool isNetworkHosts)
    {
        _isNetworkHosts = isNetworkHosts;
        var state = Libc.mmap(null, 1, 3 /* read, write */, 0x21 /* shared, anonymous */, -1, 0);
        State = (nint)state == -1 ? null : (byte*)state;
    }

    /// <summary>Where init says whether they are untouched; null where it cannot: then each sandbox gets new ones.</summary>
    internal byte* State { get; private set; }

    internal Step Step { get; private set; }

    /// <summary>Enters new ones, unless those at hand are as new; false when that was refused: errno and <see cref="Step"/> say why.</summary>
    internal bool Renew()
    {
        if (State != null)
        {
            // The last init, and with it everything in its pid namespace, must be gone: else something could still make something. Who ends is reaped by the kernel, as we ignore it.
            var isAlone = Libc.wait4(-1, null, WNoHang, null) < 0 && Libc.Errno == EChild;
            var isUntouched = isAlone && Volatile.Read(ref *State) == ReportWatch.Untouched;
            *State = ReportWatch.Unproven;
            if (isUntouched)
                return true;
        }

        Step = Step.IpcNamespace;
        if (Libc.unshare(CloneNewIpc) < 0)
            return false;
        if (_isNetworkHosts)
            return true;
        Step = Step.NetworkNamespace;
        if (Libc.unshare(CloneNewNet) < 0)
            return false;
        Step = Step.Loopback;
        return RaiseLoopback();
    }

    private static bool RaiseLoopback()
    {
        var socket = Libc.socket(AfInet, SockDgram | SockCloExec, 0);
        if (socket < 0)
            return false;
        InterfaceRequest request = default;
        request.Name[0] = (byte)'l';
        request.Name[1] = (byte)'o';
        request.Flags = IffUp;
        var raised = Libc.ioctl(socket, SiocSIfFlags, &request) == 0;
        var errno = Libc.Errno;
        Libc.close(socket);
        Libc.SetErrno(errno);
        return raised;
    }
}
