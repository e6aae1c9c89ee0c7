using System.Diagnostics;
using System.Runtime.InteropServices;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>
/// Starts a program for which the kernel lacks something: a filter over it answers an error to one call. The filter holds for the thread that lays it
/// and for what that thread starts, so that the test itself is not touched.
/// </summary>
internal static class LackingHost
{
    /// <summary>A call by number; <paramref name="Argument"/> and <paramref name="Value"/> narrow it: every call, those with a bit, or those with a value.</summary>
    internal sealed record Refusal(int Call, int Error, Match Match = Match.Always, int Argument = 0, uint Value = 0);

    /// <summary>Which calls are meant.</summary>
    internal enum Match
    {
        Always,
        AnyBit,
        Equal,
    }

    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(Refusal refusal, ProcessStartInfo start)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                Lay(refusal);
                started.SetResult(Process.Start(start)!);
            }
            catch (Exception exception)
            {
                started.SetException(exception);
            }
        }).Start();
        using var process = await started.Task;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await error);
    }

    private static void Lay(Refusal refusal)
    {
        // Load the number; is it the call? load the argument; does it match? error; else allow.
        (ushort Code, byte True, byte False, uint Value)[] program =
        [
            (0x20, 0, 0, 0),
            (0x15, 0, 3, (uint)refusal.Call),
            (0x20, 0, 0, 16 + (8 * (uint)refusal.Argument)),
            (refusal.Match switch { Match.Always => (ushort)0x35, Match.AnyBit => (ushort)0x45, _ => (ushort)0x15 }, 0, 1, refusal.Value),
            (0x06, 0, 0, 0x00050000 | (uint)refusal.Error),
            (0x06, 0, 0, 0x7FFF0000),
        ];
        var instructions = Marshal.AllocHGlobal(program.Length * 8);
        var header = Marshal.AllocHGlobal(16);
        for (var i = 0; i < program.Length; i++)
        {
            Marshal.WriteInt16(instructions, i * 8, (short)program[i].Code);
            Marshal.WriteByte(instructions, (i * 8) + 2, program[i].True);
            Marshal.WriteByte(instructions, (i * 8) + 3, program[i].False);
            Marshal.WriteInt32(instructions, (i * 8) + 4, (int)program[i].Value);
        }

        Marshal.WriteInt16(header, (short)program.Length);
        Marshal.WriteIntPtr(header, 8, instructions);

        // An ordinary user must renounce privileges first; root keeps them, so that nothing but the call is missing.
        if (!Environment.IsPrivilegedProcess)
            SystemCall(157, 38, 1, 0, 0, 0).ShouldBe(0);
        SystemCall(317, 1, 0, header, 0, 0).ShouldBe(0, Marshal.GetLastPInvokeErrorMessage());
        Marshal.FreeHGlobal(instructions);
        Marshal.FreeHGlobal(header);
    }

    [DllImport("libc", EntryPoint = "syscall", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint SystemCall(nint number, nint a, nint b, nint c, nint d, nint e);
}
