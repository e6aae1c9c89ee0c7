using System.Security.Cryptography;
using System.Text;
using SandboxApi.Archives.Tar;

namespace SandboxApi.FuzzTests.Archives;

/// <summary>An entry as a reader understands it, in a form that two readers' can be compared.</summary>
/// <param name="Kind">What it makes.</param>
/// <param name="Path">Its plain path; bytes that are no UTF-8 are replaced, as the framework does.</param>
/// <param name="Target">Of a link.</param>
/// <param name="Content">Length and hash.</param>
internal sealed record ReadEntry(ArchiveEntryKind Kind, string Path, string Target, string Content)
{
    /// <summary>Reads an archive with our own reader; null, and why, when it refuses.</summary>
    public static async Task<(List<ReadEntry>? Entries, string Refusal)> ReadAsync(byte[] tgz, ArchiveLimits limits)
    {
        var entries = new List<ReadEntry>();
        var bytes = 0L;
        try
        {
            await using var reader = new ArchiveReader(new MemoryStream(tgz), limits);
            while (await reader.NextAsync(CancellationToken.None) is { } entry)
            {
                using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
                var length = 0L;
                while (await reader.ReadContentAsync(CancellationToken.None) is { IsEmpty: false } piece)
                {
                    hash.AppendData(piece.Span);
                    length += piece.Length;
                }

                length.ShouldBe(entry.Size);
                bytes += length;
                entries.Count.ShouldBeLessThan(limits.MaxEntries);
                bytes.ShouldBeLessThanOrEqualTo(limits.MaxBytes);
                entries.Add(new(entry.Kind, Encoding.UTF8.GetString(entry.Path), Encoding.UTF8.GetString(entry.Target), Describe(length, hash)));
            }

            return (entries, "");
        }
        catch (SandboxException exception) when (exception.Code is SandboxErrorCode.InvalidArchive or SandboxErrorCode.TooLarge)
        {
            return (null, exception.Message);
        }
    }

    public static string Describe(long length, IncrementalHash hash) => $"{length} {Convert.ToHexString(hash.GetHashAndReset().AsSpan(0, 8))}";
}
