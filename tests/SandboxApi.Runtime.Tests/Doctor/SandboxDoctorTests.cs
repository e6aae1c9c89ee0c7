using SandboxApi.Runtime.Doctor;
using SandboxApi.Runtime.Interop;
using SandboxApi.Runtime.Isolation;
using SandboxApi.Runtime.Tests.Host;

namespace SandboxApi.Runtime.Tests.Doctor;

public sealed class SandboxDoctorTests
{
    [Fact(Timeout = 30_000)]
    public async Task Examines_this_host()
    {
        var findings = await SandboxDoctor.ExamineAsync(cancellationToken: TestContext.Current.CancellationToken);

        findings.Select(f => f.Protection).OfType<string>().ShouldBe([.. Protections.Essential.Except(["no-new-privileges"]), .. Protections.Waivable], ignoreOrder: true, "every kernel that is new enough has no_new_privs");
        findings.ShouldAllBe(f => f.Detail.Length > 0 && (f.Status == FindingStatus.Ok) == (f.Fix == null));
        findings.Single(f => f.Name == "openat2").Status.ShouldBe(FindingStatus.Ok);
        findings.Single(f => f.Name == "seccomp").Status.ShouldBe(FindingStatus.Ok);
        findings.Single(f => f.Name == "bash").Status.ShouldBe(FindingStatus.Ok);
    }

    [Fact(Timeout = 30_000)]
    public void Learns_from_the_running_kernel()
    {
        var facts = KernelFacts.Gather();

        facts.IsLinux.ShouldBeTrue();
        facts.IsRoot.ShouldBe(System.Environment.IsPrivilegedProcess);
        facts.OpenAt2Error.ShouldBe(0);
        facts.SeccompError.ShouldBe(0);
    }

    [Fact]
    public void Tells_what_can_be_written()
    {
        using var tree = new HostTree();
        tree.Put("/file", "");

        KernelProbe.CanWriteDirectory(tree.Root).ShouldBeTrue();
        KernelProbe.CanWriteFile(tree.At("/file")).ShouldBeTrue();
        KernelProbe.CanWriteDirectory(tree.At("/absent")).ShouldBeFalse();
        KernelProbe.CanWriteFile(tree.At("/absent")).ShouldBeFalse();
    }

    [Fact]
    public void Chooses_the_data_directory_by_option_then_by_rights()
    {
        DataDirectory.Of(new LocalSandboxOptions { DataDirectory = "/srv/x/../y" }, isRoot: true).ShouldBe("/srv/y");
        DataDirectory.Of(new LocalSandboxOptions(), isRoot: true).ShouldBe("/var/lib/sandbox-api");
        DataDirectory.Of(new LocalSandboxOptions(), isRoot: false).ShouldEndWith("/sandbox-api");
    }
}
