using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Doctor;

/// <summary>What only the running kernel can tell, as opposed to what files of the host say.</summary>
internal sealed record KernelFacts
{
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(5);

    public required bool IsLinux { get; init; }

    public required Architecture Architecture { get; init; }

    public required bool IsRoot { get; init; }

    /// <summary>The error of openat2(2), 0 for none.</summary>
    public required int OpenAt2Error { get; init; }

    /// <summary>The error of asking for the seccomp mode, 0 for none.</summary>
    public required int SeccompError { get; init; }

    /// <summary>Whether a user and a mount namespace could be made; null when there was no program to try it with.</summary>
    public required bool? UserNamespaceWorks { get; init; }

    /// <summary>Whether a new /proc could be mounted in new user and pid namespaces; null when it was not tried.</summary>
    public required bool? ProcMountWorks { get; init; }

    public required Func<string, bool> CanWriteDirectory { get; init; }

    public required Func<string, bool> CanWriteFile { get; init; }

    public static async Task<KernelFacts> GatherAsync(CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux())
        {
            return new KernelFacts
            {
                IsLinux = false,
                Architecture = RuntimeInformation.ProcessArchitecture,
                IsRoot = false,
                OpenAt2Error = 0,
                SeccompError = 0,
                UserNamespaceWorks = null,
                ProcMountWorks = null,
                CanWriteDirectory = _ => false,
                CanWriteFile = _ => false,
            };
        }

        // A .NET process cannot fork, so a small program of util-linux tries it.
        var userNamespace = await TryUnshareAsync(["--user", "--map-root-user", "--mount", "true"], cancellationToken).ConfigureAwait(false);
        var procMount = userNamespace == true
            ? await TryUnshareAsync(["--user", "--map-root-user", "--mount", "--pid", "--fork", "--mount-proc", "true"], cancellationToken).ConfigureAwait(false)
            : null;
        return new KernelFacts
        {
            IsLinux = true,
            Architecture = RuntimeInformation.ProcessArchitecture,
            IsRoot = Processes.IsRoot,
            OpenAt2Error = KernelProbe.OpenAt2Error(),
            SeccompError = KernelProbe.SeccompError(),
            UserNamespaceWorks = userNamespace,
            ProcMountWorks = procMount,
            CanWriteDirectory = KernelProbe.CanWriteDirectory,
            CanWriteFile = KernelProbe.CanWriteFile,
        };
    }

    private static async Task<bool?> TryUnshareAsync(string[] arguments, CancellationToken cancellationToken)
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo("unshare", arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        try
        {
            process.Start();
        }
        catch (Win32Exception)
        {
            return null;
        }

        process.StandardInput.Close();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ProbeTimeout);
        try
        {
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            return process.ExitCode == 0;
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            cancellationToken.ThrowIfCancellationRequested();
            return false;
        }
    }
}
