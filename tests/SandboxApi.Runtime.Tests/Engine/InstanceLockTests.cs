using SandboxApi.Runtime.Engine;

namespace SandboxApi.Runtime.Tests.Engine;

public sealed class InstanceLockTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("instance-lock-test-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void Each_program_has_a_number_of_its_own_until_none_is_left()
    {
        using var first = InstanceLock.TryTake(_directory.FullName, 2)!;
        using var second = InstanceLock.TryTake(_directory.FullName, 2)!;

        (first.Number, second.Number).ShouldBe((0, 1));
        InstanceLock.TryTake(_directory.FullName, 2).ShouldBeNull();
    }

    [Fact]
    public void A_number_that_is_given_back_is_taken_again()
    {
        InstanceLock.TryTake(_directory.FullName, 1)!.Dispose();

        using var again = InstanceLock.TryTake(_directory.FullName, 1);
        again.ShouldNotBeNull();
    }

    [Fact]
    public void Two_programs_never_share_an_id()
    {
        // The last slot of one instance ends where the first of the next begins; all lie in the positive half of the ids, as some tools take them for signed numbers.
        var last = InstanceLock.FirstId + InstanceLock.IdCount - 1;

        InstanceLock.IdCount.ShouldBe(1024u * 1024 * 2);
        last.ShouldBeLessThan((uint)int.MaxValue);
        using var first = InstanceLock.TryTake(_directory.FullName, 2)!;
        using var second = InstanceLock.TryTake(_directory.FullName, 2)!;
        first.IdBase(1023).ShouldBe(second.IdBase(0) - 2);
    }

    [Fact]
    public void A_directory_that_is_a_link_is_refused_and_what_it_leads_to_left_as_it_is()
    {
        var victim = _directory.CreateSubdirectory("victim");
        victim.UnixFileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherRead;
        var mode = victim.UnixFileMode;
        File.CreateSymbolicLink(Path.Combine(_directory.FullName, "sandbox-api-1"), victim.FullName);

        Should.Throw<PlatformNotSupportedException>(() => InstanceLock.Prepare(Path.Combine(_directory.FullName, "sandbox-api-1"))).Message.ShouldContain("is a symbolic link");

        victim.Refresh();
        victim.UnixFileMode.ShouldBe(mode);
    }

    [Fact]
    public void A_directory_that_others_could_put_another_in_the_place_of_is_not_taken()
    {
        var above = _directory.CreateSubdirectory("above");
        above.UnixFileMode = (UnixFileMode)0x1FF;

        Should.Throw<UnauthorizedAccessException>(() => InstanceLock.Prepare(Path.Combine(above.FullName, "mine"))).Message.ShouldContain("others can replace");

        above.UnixFileMode |= UnixFileMode.StickyBit;
        InstanceLock.Prepare(Path.Combine(above.FullName, "mine"));
        File.GetUnixFileMode(Path.Combine(above.FullName, "mine")).ShouldBe((UnixFileMode)0x1C0);
    }
}
