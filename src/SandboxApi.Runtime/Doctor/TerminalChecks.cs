using SandboxApi.Runtime.Engine;

namespace SandboxApi.Runtime.Doctor;

/// <summary>Whether each sandbox can have the pseudo-terminals that programs use.</summary>
internal static class TerminalChecks
{
    internal static Finding Terminals(HostExamination host)
    {
        const string Name = "terminals";
        var pool = host.Options.PoolSize;
        var (most, reserve) = (Sysctl.Read(host, "kernel.pty.max"), Sysctl.Read(host, "kernel.pty.reserve"));
        var each = TerminalBudget.Of(pool, most, reserve);
        return each >= TerminalBudget.Usual
            ? new(Name, FindingStatus.Ok, $"Each sandbox can have {each} pseudo-terminals at one time.")
            : new(Name, FindingStatus.Warning, $"The kernel allows {most} pseudo-terminals on this host and keeps {reserve} of them for itself, so each of {pool} sandboxes can have {each} at one time.", Sysctl.Set("kernel.pty.max", TerminalBudget.Enough(pool, reserve)));
    }
}
