using SandboxApi.Archives.Tar;
using SandboxApi.FuzzTests.Fuzzing;
using SandboxApi.Runtime.Tests.Environments;

namespace SandboxApi.FuzzTests.Archives;

/// <summary>Archives of unknown origin: refused with a reason, or understood as every other tool understands them, and never outside their place.</summary>
public sealed class TarFuzzTests
{
    private static readonly ArchiveLimits s_limits = new() { MaxBytes = 64 << 10, MaxEntries = 50 };

    /// <summary>A buffer of the reader, and a few extension headers; far less than a header can claim.</summary>
    private const long MostAllocated = 16 << 20;

    [Fact(Timeout = 3_600_000)]
    public async Task What_is_accepted_is_read_alike_by_the_framework() => await new Fuzzer("tar", TarMutator.Mutate, async tar =>
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var (entries, refusal) = await ReadEntry.ReadAsync(TarBytes.Gzip(tar), s_limits);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(MostAllocated);
        if (entries is null)
            return Behaviour(refusal);
        var framework = FrameworkReader.Read(tar);
        if (framework is not null)
            Agreement.Check(entries, framework, "our reader and the framework's");
        return $"accepted {string.Concat(entries.Select(entry => entry.Kind.ToString()[0]))} {framework is null}";
    }).RunAsync();

    [Fact(Timeout = 3_600_000)]
    public async Task What_is_accepted_is_unpacked_in_its_place_as_GNU_tar_does_and_packs_to_the_same()
    {
        Workplace.Needs("tar");
        await new Fuzzer("tar", TarMutator.Mutate, async tar =>
        {
            var tgz = TarBytes.Gzip(tar);
            using var place = new Workplace();
            try
            {
                await place.UnpackAsync(tgz, s_limits);
            }
            catch (SandboxException exception)
            {
                exception.Code.ShouldBeOneOf(SandboxErrorCode.InvalidArchive, SandboxErrorCode.TooLarge);
                place.OutsideIsUntouched();
                return Behaviour(exception.Message);
            }

            place.OutsideIsUntouched();
            var tree = place.Snapshot();
            using var again = new Workplace();
            await again.UnpackAsync(await place.PackAsync());
            Agreement.Check(Listed(tree), Listed(again.Snapshot()), "what was unpacked, and the same packed and unpacked again,");

            using var other = new Workplace();
            var isTaken = await GnuTar.UnpackAsync(tar, tgz, other.HomePath);
            other.OutsideIsUntouched();
            if (isTaken)
                Agreement.Check(WithoutModes(tree), WithoutModes(other.Snapshot()), "our tree and GNU tar's");
            return $"unpacked {tree.Count} {string.Concat(tree.Values.Select(what => what[0]))} {isTaken}";
        }).RunAsync();
    }

    /// <summary>The reason without what differs from name to name.</summary>
    private static string Behaviour(string refusal) => System.Text.RegularExpressions.Regex.Replace(refusal, "'[^']*'", "''");

    private static List<string> Listed(SortedDictionary<string, string> tree) => [.. tree.Select(entry => $"{entry.Key} {entry.Value}")];

    /// <summary>Type, name, content: which permissions a tool gives, and to what times it falls back, is its own affair.</summary>
    private static List<string> WithoutModes(SortedDictionary<string, string> tree) =>
        [.. tree.Select(entry => $"{entry.Key} {(entry.Value[0] == 'l' ? entry.Value : $"{entry.Value.Split(' ')[0]} {(entry.Value[0] == 'f' ? entry.Value.Split(' ')[^1] : "")}")}")];
}
