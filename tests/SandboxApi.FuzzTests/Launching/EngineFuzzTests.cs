using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using SandboxApi.FuzzTests.Fuzzing;
using SandboxApi.FuzzTests.Seeds;
using SandboxApi.Launcher;
using SandboxApi.Runtime.Cgroups;
using SandboxApi.Runtime.Engine;
using SandboxApi.Runtime.Interop;

namespace SandboxApi.FuzzTests.Launching;

/// <summary>The runtime, answered what no launcher or init of ours would: every call ends with a result or a documented error, and no descriptor stays.</summary>
public sealed partial class EngineFuzzTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly string directory = Directory.CreateTempSubdirectory("fuzz-engine-").FullName;
    private readonly EventLoop loop = new();
    private readonly LocalSandboxOptions options = new();

    public void Dispose()
    {
        loop.Dispose();
        Directory.Delete(directory, recursive: true);
    }

    [Fact(Timeout = 3_600_000)]
    public async Task A_launcher_that_says_anything_ends_in_a_result_or_a_documented_error()
    {
        var plan = RealLauncher.Plan(directory, options);
        await new Fuzzer("reply", ByteMutator.Mutate, async input =>
        {
            var held = Handles.Count();
            var (ours, theirs) = UnixSockets.Pair(UnixSockets.SequentialPackets);
            var pid = Processes.Spawn("/bin/true", "true", theirs);
            var says = "";
            try
            {
                var starting = LauncherProcess.AttachAsync(loop, plan, LauncherConfiguration.Of(plan, options), new SafeFileHandle(ours, ownsHandle: true), pid);

                // Half of the inputs come before the launcher is configured, half after.
                if (input.Length % 2 == 0)
                    Say(theirs, input);
                UnixSockets.Send(theirs, MessageSeeds.Bytes(new ReplyMessage { Type = MessageType.Configured }));
                await using var launcher = await starting.WaitAsync(s_patience);
                using var cgroup = new SlotCgroup(options, new Dictionary<string, CgroupController>(), "fuzz");
                var creating = launcher.CreateAsync(1, 0x7F00_0000, 1 << 20, 100, cgroup);
                Say(theirs, input);
                _ = Descriptors.Close(theirs);
                theirs = -1;
                var made = await creating.WaitAsync(s_patience);
                made.Pid.ShouldBeGreaterThan(1);
                foreach (var descriptor in (int[])[made.Control, made.Home, made.PidFd])
                    _ = Descriptors.Close(descriptor);
                says = "made";
            }
            catch (Exception exception) when (exception is SandboxException { Code: SandboxErrorCode.Internal } or PlatformNotSupportedException)
            {
                says = exception.Message;
            }
            finally
            {
                if (theirs >= 0)
                    _ = Descriptors.Close(theirs);
            }

            await RealLauncher.UntilAsync(() => Handles.Count() <= held, $"no descriptor stays ({says})");
            return says;
        }).RunAsync();
    }

    [Fact(Timeout = 3_600_000)]
    public async Task An_init_that_says_anything_ends_in_an_outcome_or_a_documented_error() => await new Fuzzer("reply", ByteMutator.Mutate, async input =>
    {
        var held = Handles.Count();
        var (ours, theirs) = UnixSockets.Pair(UnixSockets.Stream);
        using var cgroup = new SlotCgroup(options, new Dictionary<string, CgroupController>(), "fuzz");
        using var process = Process.Start(new ProcessStartInfo("sleep", ["1000"]))!;
        var said = "";
        try
        {
            using var sandbox = new SandboxProcess(loop, cgroup, null, new NewSandbox(process.Id, ours, DirectoryOf(directory), PidFd(process.Id)));
            sandbox.Attend();
            if (input.Length % 2 == 0)
            {
                Say(theirs, input);
                process.Kill();
            }

            using (var execution = sandbox.Start(new CommandRequest { Script = "true", Variables = [], Stdin = null, WallTime = TimeSpan.FromSeconds(1), Output = 100 }))
            {
                Say(theirs, input);
                _ = Descriptors.Close(theirs);
                theirs = -1;
                process.Kill();
                var outcome = await execution.Ended.WaitAsync(s_patience);
                said = $"{outcome.End}";
            }

            await sandbox.Ended.WaitAsync(s_patience);
        }
        catch (SandboxException exception) when (exception.Code == SandboxErrorCode.Internal)
        {
            said = exception.Message;
        }
        finally
        {
            if (theirs >= 0)
                _ = Descriptors.Close(theirs);
            process.Kill();
            await process.WaitForExitAsync();
        }

        await RealLauncher.UntilAsync(() => Handles.Count() <= held, $"no descriptor stays ({said})");
        return said;
    }).RunAsync();

    private static void Say(int socket, byte[] input)
    {
        if (input.Length > 1)
            Handles.With(input[0] % (Handles.Most + 1), descriptors => UnixSockets.Send(socket, input.AsSpan(1), descriptors));
    }

    private static int DirectoryOf(string path) => SystemCallException.Check(Open(path, 0x90000 /* O_DIRECTORY | O_CLOEXEC */), "open");

    private static int PidFd(int pid) => SystemCallException.Check((int)Call(434 /* pidfd_open */, pid, 0), "pidfd_open");

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Call(nint number, nint pid, nint flags);
}
