using System.Text;
using SandboxApi.Runtime.Tests.Environments;

namespace SandboxApi.FuzzTests.Seeds;

/// <summary>Makes the seeds: small inputs, valid and hostile, one for each thing that a reader must know.</summary>
internal static class Seeder
{
    /// <summary>By target and name.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyDictionary<string, byte[]>> All { get; } = new Dictionary<string, IReadOnlyDictionary<string, byte[]>>
    {
        ["tar"] = TarSeeds.All,
        ["gzip"] = Gzip(),
        ["config"] = RequestSeeds.Configs.ToDictionary(seed => seed.Key, seed => Encoding.UTF8.GetBytes(seed.Value)),
        ["request"] = RequestSeeds.Requests,
        ["init"] = MessageSeeds.ToInit,
        ["reply"] = MessageSeeds.Replies,
    };

    private static Dictionary<string, byte[]> Gzip()
    {
        var plain = TarBytes.Gzip("hello, hello, hello"u8);
        return new()
        {
            ["text"] = plain,
            ["empty"] = TarBytes.Gzip([]),
            ["zeros"] = TarBytes.Gzip(new byte[100_000]),
            ["two-members"] = [.. plain, .. TarBytes.Gzip("more"u8)],
            ["cut"] = plain[..^3],
            ["wrong-sum"] = [.. plain.AsSpan(0, plain.Length - 8), 0, 0, 0, 0, .. plain.AsSpan(plain.Length - 4)],
            ["trailing"] = [.. plain, 1, 2, 3],
            ["magic-only"] = [0x1F, 0x8B],
            ["named"] = [.. plain.AsSpan(0, 3), 8, .. plain.AsSpan(4, 6), .. "name\0"u8, .. plain.AsSpan(10)],
        };
    }
}
