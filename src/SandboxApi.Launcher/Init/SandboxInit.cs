using SandboxApi.Launcher.Interop;
using static SandboxApi.Launcher.Interop.Constants;

namespace SandboxApi.Launcher.Init;

/// <summary>PID 1 of a sandbox: sets it up, then starts commands one after another and reaps everything.</summary>
internal static unsafe class SandboxInit
{
    /// <summary>The descriptors init keeps, moved to fixed places so that all others can be closed at one go.</summary>
    internal const int Control = 3;
    internal const int StorageMount = 4;
    internal const int DevNull = 5;
    internal const int Signals = 6;

    internal static void Run(Configuration configuration, in Inheritance inherited)
    {
        // Both may sit at a place we are about to fill: move them out of the way first.
        var control = Libc.fcntl(inherited.Control, 1030 /* F_DUPFD_CLOEXEC */, 100);
        var storage = Libc.fcntl(inherited.Storage, 1030, 100);
        Libc.dup3(control, Control, OCloExec);
        Libc.dup3(storage, StorageMount, OCloExec);
        Libc.Call(SysCloseRange, DevNull, int.MaxValue);

        var setup = new Setup(configuration, inherited.NamespacesState);
        if (!setup.Run())
        {
            Messages.Fail(Control, 0, setup.Step, Libc.Errno, setup.Index);
            return;
        }

        CommandMemory.Touch();
        var commands = new CommandLoop(setup.Reports);
        var ready = new ReplyMessage { Type = MessageType.Ready };
        if (Messages.Send(Control, &ready, (nuint)sizeof(ReplyMessage)))
            commands.Run();
    }
}
