using System.IO.Compression;
using SandboxApi.Archives.Gzip;
using SandboxApi.FuzzTests.Fuzzing;
using SandboxApi.Runtime.Tests.Environments;

namespace SandboxApi.FuzzTests.Archives;

/// <summary>The gzip layer: what is taken for whole is whole, and holds what gzip itself finds in it.</summary>
public sealed class GzipFuzzTests
{
    private const int Most = 1 << 20;

    [Fact(Timeout = 3_600_000)]
    public async Task What_is_taken_for_whole_is_whole_to_gzip_too()
    {
        Workplace.Needs("gzip");
        await new Fuzzer("gzip", Mutate, async gzip =>
        {
            var (content, refusal) = await ReadAsync(gzip);
            if (content is null)
                return refusal;
            (await GnuTar.GunzipAsync(gzip)).ShouldNotBeNull("gzip refuses what was taken").AsSpan().SequenceEqual(content).ShouldBeTrue("the content differs");
            return $"whole {content.Length / 1000}";
        }).RunAsync();
    }

    private static async Task<(byte[]? Content, string Refusal)> ReadAsync(byte[] gzip)
    {
        using var content = new MemoryStream();
        var buffer = new byte[1000];
        try
        {
            await using var reader = new GzipReader(new MemoryStream(gzip));
            for (int count; content.Length < Most && (count = await reader.ReadAsync(buffer, CancellationToken.None)) > 0;)
                content.Write(buffer, 0, count);
            return content.Length < Most ? (content.ToArray(), "") : (null, "long");
        }
        catch (SandboxException exception) when (exception.Code == SandboxErrorCode.InvalidArchive)
        {
            return (null, exception.Message);
        }
    }

    /// <summary>Members before or after, optional fields of the header, other compression levels; or plain damage.</summary>
    private static byte[] Mutate(Random random, byte[] gzip, FuzzCorpus corpus)
    {
        switch (random.Next(6))
        {
            case 0:
                return [.. gzip, .. corpus.Any(random)];
            case 1:
                return [.. gzip, .. new byte[random.Next(1, 20)]];
            case 2:
                var plain = new byte[random.Next(3000)];
                random.NextBytes(plain.AsSpan(0, random.Next(plain.Length + 1)));
                using (var packed = new MemoryStream())
                {
                    using (var stream = new GZipStream(packed, (CompressionLevel)random.Next(4), leaveOpen: true))
                        stream.Write(plain);
                    return packed.ToArray();
                }

            case 3 when gzip is [0x1F, 0x8B, 8, 0, _, _, _, _, _, _, ..]:
                var flags = (byte)random.Next(256);
                byte[] extra = (flags & 4) != 0 ? [3, 0, 1, 2, 3] : [];
                byte[] name = (flags & 8) != 0 ? [.. "name\0"u8] : [];
                byte[] comment = (flags & 16) != 0 ? [.. "comment\0"u8] : [];
                return [.. gzip.AsSpan(0, 3), flags, .. gzip.AsSpan(4, 6), .. extra, .. name, .. comment, .. gzip.AsSpan(10)];
            default:
                return ByteMutator.Mutate(random, gzip, corpus);
        }
    }
}
