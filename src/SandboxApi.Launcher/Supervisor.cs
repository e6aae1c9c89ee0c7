using SandboxApi.Launcher.Interop;
using static SandboxApi.Launcher.Interop.Constants;

namespace SandboxApi.Launcher;

/// <summary>Reads the configuration, clones the launcher proper into namespaces of its own, and ends when that ends.</summary>
/// <remarks>The clone has one thread, whatever threads the .NET runtime keeps here: only so can it make user namespaces and clone on.</remarks>
internal static unsafe class Supervisor
{
    internal static int Run()
    {
        // What ps shows: else it would be the number of the descriptor that it was started from.
        Libc.prctl(PrSetName, (nuint)Libc.Text("sandbox-launch"u8), 0, 0, 0);
        var buffer = (byte*)Libc.mmap(null, Wire.MaxConfigureBytes, 3 /* read, write */, 0x22 /* private, anonymous */, -1, 0);
        var descriptors = stackalloc int[Messages.MaxDescriptors];
        int count;
        var length = Messages.Receive(Wire.LauncherSocket, buffer, Wire.MaxConfigureBytes, descriptors, &count);
        var configuration = new Configuration(buffer);
        if (!configuration.IsWhole(length) || count != (configuration.Message->TreeBytes == 0 ? 0 : 1))
        {
            if (length > 0)
                Messages.Fail(Wire.LauncherSocket, 0, Step.Protocol, EInval);
            return 2;
        }

        if (count == 1)
            RootTree.Descriptor = descriptors[0];
        Signals.IgnoreEnds();
        var self = (int)Libc.Call(SysGetPid);
        var flags = CloneNewNs | (configuration.Message->Unprivileged != 0 ? CloneNewUser : 0);
        var child = (int)Libc.Call(SysClone, flags | SigChld);
        if (child == 0)
        {
            Launcher.Run(configuration, self);
            Libc._exit(0);
        }

        if (child < 0)
        {
            Messages.Fail(Wire.LauncherSocket, 0, Step.Namespaces, Libc.Errno);
            return 1;
        }

        // Only the launcher proper may hold the socket: its end must be seen by the runtime.
        Libc.close(Wire.LauncherSocket);
        if (count == 1)
            Libc.close(RootTree.Descriptor);
        int status;
        while (Libc.wait4(child, &status, 0, null) < 0 && Libc.Errno == EIntr)
        {
        }

        // A launcher that a signal ended has a fault, unless it was killed; it ends by itself when the runtime goes.
        return (status & 0x7F) == 0 ? 0 : 3;
    }
}
