using SandboxApi.Runtime.Cgroups;
using SandboxApi.Runtime.Tests.Environments;

namespace SandboxApi.Runtime.Tests.Cgroups;

public sealed class CgroupFileTests : IDisposable
{
    private readonly Workplace _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task A_file_that_cannot_be_read_any_more_is_an_error_of_input()
    {
        // As a file of a cgroup that was removed, this one can neither be read at a place nor sought.
        await Workplace.RunAsync(_place.HomePath, "mkfifo counter");
        using var file = CgroupFile.ForReadingAndWriting(_place.In("counter"));

        Should.Throw<IOException>(() => file.ReadNumber()).Message.ShouldContain("reading " + _place.In("counter"));
        Should.Throw<IOException>(() => file.ReadKey("oom_kill"u8));
        Should.Throw<IOException>(() => file.Write(0)).Message.ShouldContain("writing ");
    }

    [Fact]
    public async Task Numbers_and_keys_are_read_each_time_from_the_start()
    {
        await File.WriteAllTextAsync(_place.In("a"), "12\n");
        await File.WriteAllTextAsync(_place.In("b"), "max\n");
        await File.WriteAllTextAsync(_place.In("c"), "oom_kill_disable 0\nunder_oom 0\noom_kill 7\n");
        using var number = CgroupFile.ForReadingAndWriting(_place.In("a"));
        using var most = CgroupFile.ForReading(_place.In("b"));
        using var keys = CgroupFile.ForReading(_place.In("c"));

        (number.ReadNumber(), number.ReadNumber(), most.ReadNumber()).ShouldBe((12, 12, long.MaxValue));
        (keys.ReadKey("oom_kill"u8), keys.ReadKey("oom"u8)).ShouldBe((7, 0));
        number.Write(34);
        number.ReadNumber().ShouldBe(34);
    }
}
