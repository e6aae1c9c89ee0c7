using SandboxApi.Launcher.Init;
using SandboxApi.Launcher.Interop;
using static SandboxApi.Launcher.Interop.Constants;

namespace SandboxApi.Launcher.Zygote;

/// <summary>The network namespace of a slot: kept for its next sandbox where no socket was ever made in it, as such a one is as a new one, and costs nothing.</summary>
/// <remarks>
/// Whatever is not proven ends with the namespace thrown away: a byte that zygote and init share says that it is untouched only between the moment in which the kernel began to
/// report socket calls to init and the first of them (<see cref="SocketWatch"/>).
/// </remarks>
internal unsafe ref struct NetworkNamespace
{
    private readonly bool _isHosts;

    internal NetworkNamespace(bool isHosts)
    {
        _isHosts = isHosts;
        if (isHosts)
            return;
        var state = Libc.mmap(null, 1, 3 /* read, write */, 0x21 /* shared, anonymous */, -1, 0);
        State = (nint)state == -1 ? null : (byte*)state;
    }

    /// <summary>Where init says whether the namespace is untouched; null where it need not: then each sandbox gets a new one.</summary>
    internal byte* State { get; private set; }

    internal Step Step { get; private set; }

    /// <summary>Enters a new one, unless the one at hand is as new; false when that was refused: errno and <see cref="Step"/> say why.</summary>
    internal bool Renew()
    {
        if (_isHosts)
            return true;
        if (State != null)
        {
            // The last init, and with it everything in its pid namespace, must be gone: else something could still make a socket. Who ends is reaped by the kernel, as we ignore it.
            var isAlone = Libc.wait4(-1, null, WNoHang, null) < 0 && Libc.Errno == EChild;
            var isUntouched = isAlone && Volatile.Read(ref *State) == SocketWatch.Untouched;
            *State = SocketWatch.Unproven;
            if (isUntouched)
                return true;
        }

        Step = Step.Clone;
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
