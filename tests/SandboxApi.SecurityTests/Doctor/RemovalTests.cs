using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.SecurityTests.Doctor;

/// <summary>Tests that take a thing away and look whether the doctor and the engine say the same about it.</summary>
public abstract class RemovalTests : IAsyncDisposable
{
    /// <summary>The longest a test may take, in milliseconds: far beyond what any needs on the slowest host, so that only a hang ends so.</summary>
    protected const int Long = 10 * 60_000;

    private readonly List<HostCgroup> _cgroups = HostState.Cgroups();

    /// <summary>The programs have ended, and must have left no cgroup.</summary>
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        for (var i = 0; i < 100 && HostState.Cgroups().Except(_cgroups).Any(); i++)
            await Task.Delay(50, CancellationToken.None);
        HostState.Cgroups().Except(_cgroups).ShouldBeEmpty();
    }

    /// <summary>The doctor misses the thing, and the engine refuses with the same words; with the protection waived, where that can be, it runs.</summary>
    protected static async Task MissesAsync(string[] removal, string name, string? protection, string fix, params string[] options)
    {
        using var data = new TemporaryDirectory();
        File.SetUnixFileMode(data.Path, (UnixFileMode)0x1FF);
        var program = new SandboxProgram(removal, data.Path, options);

        var (exitCode, findings) = await program.DoctorAsync();
        exitCode.ShouldBe(1);
        var finding = findings.Single(f => f.Name == name);
        finding.Status.ShouldBe("missing", finding.Detail);
        finding.Protection.ShouldBe(protection);
        finding.Fix.ShouldNotBeNull().ShouldContain(fix);
        findings.Where(f => f.Status == "missing").Select(f => f.Name).ShouldBeSubsetOf([name, "sandbox"], "nothing is missed that is there");

        var refused = await program.ExecAsync();
        refused.ExitCode.ShouldBe(125, refused.Error);
        refused.Error.ShouldContain(name);
        refused.Error.ShouldContain(finding.Fix.TrimEnd('.'));
        refused.Error.TrimEnd().ShouldNotContain('\n');

        if (protection is null || !SandboxDoctor.Waivable.Contains(protection))
        {
            findings.Single(f => f.Name == "sandbox").Status.ShouldBe("missing");
            return;
        }

        findings.Single(f => f.Name == "sandbox").ShouldSatisfyAllConditions(f => f.Status.ShouldBe("warning"), f => f.Fix!.ShouldContain("--waive " + protection));
        var waived = await program.DoctorAsync("--waive", protection);
        waived.ExitCode.ShouldBe(0);
        waived.Findings.Single(f => f.Name == name).ShouldSatisfyAllConditions(f => f.Status.ShouldBe("warning"), f => f.Detail.ShouldContain("waived"));
        (await program.ExecAsync("--waive", protection)).ExitCode.ShouldBe(0);
    }

    /// <summary>As <see cref="MissesAsync"/>; but root of the host can do without the thing, and the doctor says so.</summary>
    protected static async Task MissesAsOrdinaryUserAsync(string[] removal, string name, string fix)
    {
        if (!TestHost.IsRoot)
        {
            await MissesAsync(removal, name, null, fix);
            return;
        }

        using var data = new TemporaryDirectory();
        var program = new SandboxProgram(removal, data.Path, []);
        var (exitCode, findings) = await program.DoctorAsync();
        exitCode.ShouldBe(0);
        findings.Single(f => f.Name == name).Status.ShouldBe("ok");
        var ran = await program.ExecAsync();
        ran.ExitCode.ShouldBe(0, ran.Error);
    }

    /// <summary>The doctor warns of the thing, and the engine runs.</summary>
    protected static async Task WarnsAsync(string[] removal, string name, string fix, params string[] options)
    {
        using var data = new TemporaryDirectory();
        File.SetUnixFileMode(data.Path, (UnixFileMode)0x1FF);
        var program = new SandboxProgram(removal, data.Path, options);

        var (exitCode, findings) = await program.DoctorAsync();
        exitCode.ShouldBe(0);
        findings.Single(f => f.Name == name).ShouldSatisfyAllConditions(f => f.Status.ShouldBe("warning"), f => f.Fix!.ShouldContain(fix));
        findings.Single(f => f.Name == "sandbox").Status.ShouldBe("ok");
        var ran = await program.ExecAsync();
        ran.ExitCode.ShouldBe(0, ran.Error);
    }
}
