using System.Text.RegularExpressions;
using SandboxApi.FunctionalTests.Fixtures;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Hosts;

/// <summary>Where the host cannot give a protection there is no sandbox without the operator's word, and what was waived is told to everybody.</summary>
[Attack(44)]
public sealed partial class WeakerHostTests(Arena arena) : AttackTests(arena)
{
    [Fact(Timeout = Long)]
    public async Task Without_waivers_a_sandbox_is_refused_that_names_exactly_what_is_missing()
    {
        NeedsAWaiver();

        (await RefusedNamesAsync([])).ShouldBe(TestHost.Waived, ignoreOrder: true);
    }

    [Fact(Timeout = Long)]
    public async Task Each_missing_protection_must_be_waived_by_its_own_name()
    {
        NeedsAWaiver();

        foreach (var kept in TestHost.Waived)
            (await RefusedNamesAsync(TestHost.Waived.Where(name => name != kept))).ShouldBe([kept]);
    }

    [Fact(Timeout = Long)]
    public async Task Doctor_names_what_is_missing_and_how_to_get_it()
    {
        // The same place as the sandbox's: cgroups depend on where one asks from.
        var findings = await SandboxDoctor.ExamineAsync(Arena.Options(Arena.DataDirectory, 1), Cancel);

        var missing = findings.Where(finding => finding.Status == FindingStatus.Missing).ToList();
        missing.Select(finding => finding.Protection ?? finding.Name).Distinct().ShouldBe(TestHost.Waived, ignoreOrder: true);
        missing.ShouldAllBe(finding => finding.Fix != null && finding.Fix.Length > 0);
    }

    [Fact(Timeout = Long)]
    public async Task Clients_are_told_exactly_what_is_waived_and_what_is_not()
    {
        using var client = new SandboxClient(Url);

        var engine = (await client.SpecificationsAsync(Cancel)).Host.Engine.ShouldNotBeNull();

        engine.Waived.ShouldBe(TestHost.Waived, ignoreOrder: true);
        string[] all = ["user-namespace", "pid-namespace", "mount-namespace", "ipc-namespace", "uts-namespace", "cgroup-namespace", "read-only-root",
            "no-new-privileges", "seccomp", "storage", "network", "memory", "swap", "processes", "cpu-time", "cpu"];
        engine.Protections.ShouldBe(all.Except(TestHost.Waived), ignoreOrder: true);
    }

    private static void NeedsAWaiver() => Assert.SkipWhen(TestHost.Waived.Count == 0, "this host gives every protection");

    /// <summary>What the refusal says is missing.</summary>
    private static async Task<string[]> RefusedNamesAsync(IEnumerable<string> waived)
    {
        using var data = new TemporaryDirectory();
        var options = Arena.Options(data.Path, 1);
        foreach (var name in waived)
            options.Waive.Add(name);

        var refused = await Should.ThrowAsync<PlatformNotSupportedException>(async () =>
        {
            await using var started = await LocalSandbox.StartAsync(options, cancellationToken: Cancel);
        });

        return [.. MissingNames().Matches(refused.Message).SelectMany(match => match.Groups[1].Value.Split(", "))];
    }

    // This host cannot give every protection: memory, processes (the reason); cpu (another).
    [GeneratedRegex(@"(?:protection: |; )([a-z-]+(?:, [a-z-]+)*) \(")]
    private static partial Regex MissingNames();
}
