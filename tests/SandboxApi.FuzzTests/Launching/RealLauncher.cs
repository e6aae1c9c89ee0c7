using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SandboxApi.Launcher;
using SandboxApi.Runtime.Engine;
using SandboxApi.Runtime.Interop;
using SandboxApi.Runtime.Root;

namespace SandboxApi.FuzzTests.Launching;

/// <summary>The real launcher as a process, and its socket in the hands of a test.</summary>
internal sealed partial class RealLauncher : IDisposable
{
    private const int NoHang = 1;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly int _pid;
    private int _socket;

    private RealLauncher(int pid, int socket)
    {
        _pid = pid;
        _socket = socket;
    }

    public static RealLauncher Start()
    {
        var (ours, theirs) = UnixSockets.Pair(UnixSockets.SequentialPackets);
        var program = MemoryFiles.CreateSealed(LauncherProcess.ReadProgram(), executable: true);
        try
        {
            return new RealLauncher(Processes.Spawn($"/proc/self/fd/{program}", "sandbox-launcher", theirs), ours);
        }
        finally
        {
            _ = Runtime.Interop.Descriptors.Close(theirs);
            _ = Runtime.Interop.Descriptors.Close(program);
        }
    }

    /// <summary>A configuration as the runtime sends it.</summary>
    public static byte[] Configuration(string directory)
    {
        var options = new LocalSandboxOptions();
        return LauncherConfiguration.Of(Plan(directory, options), options);
    }

    public static RootPlan Plan(string directory, LocalSandboxOptions options) => RootPlanner.Plan(options, options.Network, directory, localeArchive: null, new RootTree(), view: null);

    /// <summary>The descriptors of the launcher proper, the supervisor's child: beside its own one for each zygote.</summary>
    public int CountDescriptors() => Descriptors(ChildrenOf(_pid).Single());

    /// <summary>The most descriptors that one of the zygotes, the launcher's children, has.</summary>
    public int CountDescriptorsOfZygotes() => ChildrenOf(ChildrenOf(_pid).Single()).Max(Descriptors);

    public void Send(byte[] message, params ReadOnlySpan<int> descriptors) => UnixSockets.Send(_socket, message, descriptors);

    /// <summary>The next reply and the descriptors that came with it; null when the launcher has ended.</summary>
    public async Task<(ReplyMessage Reply, int[] Descriptors)?> ReceiveAsync()
    {
        var bytes = new byte[Unsafe.SizeOf<ReplyMessage>()];
        var descriptors = new int[4];
        var count = 0;
        var received = -1;
        await UntilAsync(() => (received = UnixSockets.Receive(_socket, bytes, descriptors, out count)) >= 0, "the launcher answers or ends");
        return received < bytes.Length ? null : (MemoryMarshal.Read<ReplyMessage>(bytes), descriptors[..count]);
    }

    /// <summary>Lets go of the launcher; it must end, and not by a fault.</summary>
    public async Task EndAsync()
    {
        Hang();
        var status = 0;
        await UntilAsync(() => Wait(_pid, out status, NoHang) == _pid, "the launcher ends when the runtime is gone");
        (status & 0x7F).ShouldBe(0, "a signal ended the supervisor");
        (status >> 8).ShouldBeOneOf(0, 1, 2);
    }

    /// <summary>Waits for a state that is bound to come.</summary>
    public static async Task UntilAsync(Func<bool> state, string what)
    {
        for (var left = s_patience; !state(); left -= TimeSpan.FromMilliseconds(1))
        {
            left.ShouldBeGreaterThan(TimeSpan.Zero, what);
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
    }

    public void Dispose()
    {
        Hang();
        Processes.KillChild(_pid);
        _ = Wait(_pid, out _, 0);
    }

    private void Hang()
    {
        if (_socket >= 0)
            _ = Runtime.Interop.Descriptors.Close(_socket);
        _socket = -1;
    }

    [LibraryImport("libc", EntryPoint = "waitpid")]
    private static partial int Wait(int pid, out int status, int options);

    private static int Descriptors(int pid) => Directory.GetFileSystemEntries($"/proc/{pid}/fd").Length;

    private static IEnumerable<int> ChildrenOf(int pid) => File.ReadAllText($"/proc/{pid}/task/{pid}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse);
}
