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
}
