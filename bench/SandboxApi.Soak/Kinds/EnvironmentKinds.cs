using System.Security.Cryptography;
using System.Text;
using SandboxApi.Soak.Running;

namespace SandboxApi.Soak.Kinds;

/// <summary>Environments: sent, kept, started from again, fetched.</summary>
internal static class EnvironmentKinds
{
    internal static Kind[] All { get; } =
    [
        new("environment", 36, Environment),
        new("environment-large", 4, LargeEnvironment),
        new("environment-deep", 5, Deep),
        new("environment-unchanged", 6, Unchanged),
        new("environment-unknown", 10, Unknown),
    ];

    private static Work Environment(Dice dice) => RoundTrip(dice, dice.Number(1, 12), () => dice.Pick(0, 1, 511, 512, 513, dice.Number(0, 60_000)));

    private static Work LargeEnvironment(Dice dice) => RoundTrip(dice, dice.Number(1, 3), () => dice.Number(500_000, 4_000_000));

    /// <summary>Up with the run, changed inside, saved; what is fetched is what was seen inside, and the next run starts from it with more laid over.</summary>
    private static Work RoundTrip(Dice dice, int count, Func<int> size)
    {
        var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        while (files.Count < count)
            files[$"{dice.Word(dice.Pick(1, 8, 90))}/{dice.Pick("", "ü ", "-")}{dice.Word(10)}"] = dice.Bytes(size());
        var archive = Archives.Of([.. files.Select(file => Archives.File(file.Key, file.Value))]);
        var made = dice.Lines(dice.Number(1, 3000));
        var (replaced, over) = (files.Keys.ElementAt(dice.Number(0, count - 1)), dice.Bytes(dice.Number(1, 2000)));
        const string Hashes = "find . -type f -printf '%P\\n' | LC_ALL=C sort | while IFS= read -r f; do printf '%s %s\\n' $(sha256sum < \"$f\" | head -c 64) \"$f\"; done";
        return async session =>
        {
            var first = await session.ExecuteAsync(
                new ExecutionConfig { Commands = [Hashes, "cat > made"], Stdin = made, Save = true }, archive, 0, Expected.Ok(Listing(files)), Expected.Ok());
            if (first.Environment is not { } id)
                return;
            var kept = new SortedDictionary<string, byte[]>(files, StringComparer.Ordinal) { ["made"] = Encoding.UTF8.GetBytes(made) };
            session.Equal("check", kept[replaced].Length, await session.WhenFreeAsync(() => session.Client.CheckAsync(id, replaced, session.CancellationToken)));
            await FetchAsync(session, id, replaced, kept[replaced]);
            await FetchAllAsync(session, id, kept);

            kept[replaced] = over;
            await session.ExecuteAsync(ExecutionConfig.Of(Hashes) with { Environment = id }, Archives.Of(Archives.File(replaced, over)), 0, Expected.Ok(Listing(kept)));
        };
    }

    private static Work Deep(Dice dice)
    {
        var depth = dice.Number(20, 100);
        var path = string.Join('/', Enumerable.Range(0, depth).Select(_ => dice.Word(dice.Number(1, 20))));
        var text = dice.Word(30);
        return async session =>
        {
            var saved = await session.ExecuteAsync(ExecutionConfig.Of($"mkdir -p {path} && echo {text} > {path}/f") with { Save = true }, null, 0, Expected.Ok());
            if (saved.Environment is not { } id)
                return;
            await FetchAsync(session, id, path + "/f", Encoding.UTF8.GetBytes(text + "\n"));
            await session.ExecuteAsync(ExecutionConfig.Of($"cat {path}/f; find . -type d | wc -l") with { Environment = id }, null, 0, Expected.Ok($"{text}\n{depth + 1}"));
        };
    }

    /// <summary>Several start from one at one time and change what they have; it stays what it was.</summary>
    private static Work Unchanged(Dice dice)
    {
        var text = dice.Word(30);
        return async session =>
        {
            var saved = await session.ExecuteAsync(ExecutionConfig.Of($"echo {text} > f") with { Save = true }, null, 0, Expected.Ok());
            if (saved.Environment is not { } id)
                return;
            foreach (var harm in new[] { "rm -rf f", "echo changed > f", "ln -sf /etc/passwd f" })
                await session.ExecuteAsync(ExecutionConfig.Of("cat f", harm) with { Environment = id }, null, 0, Expected.Ok(text), Expected.Ok());
            await FetchAsync(session, id, "f", Encoding.UTF8.GetBytes(text + "\n"));
        };
    }

    private static Work Unknown(Dice dice)
    {
        var id = new Guid(dice.Bytes(16));
        return async session =>
        {
            await session.RefusedAsync(SandboxErrorCode.NotFound, ExecutionConfig.Of("echo never") with { Environment = id });
            session.Equal("check", 0, await session.WhenFreeAsync(() => session.Client.CheckAsync(id, "f", session.CancellationToken)));
        };
    }

    private static string Listing(SortedDictionary<string, byte[]> files) =>
        string.Join('\n', files.OrderBy(file => Convert.ToHexString(Encoding.UTF8.GetBytes(file.Key)), StringComparer.Ordinal).Select(file => $"{Convert.ToHexStringLower(SHA256.HashData(file.Value))} {file.Key}"));

    private static async Task FetchAsync(Session session, Guid id, string path, byte[] expected)
    {
        using var content = new MemoryStream();
        await using (var file = await session.WhenFreeAsync(() => session.Client.DownloadAsync(id, path, session.CancellationToken)))
            await file.CopyToAsync(content, session.CancellationToken);
        session.Check(content.ToArray().AsSpan().SequenceEqual(expected), $"file {path}", $"the {expected.Length} bytes that were sent", $"{content.Length} bytes, or others");
        session.Note("file");
    }

    private static async Task FetchAllAsync(Session session, Guid id, SortedDictionary<string, byte[]> expected)
    {
        await using var archive = await session.WhenFreeAsync(() => session.Client.DownloadAsync(id, null, session.CancellationToken));
        var files = await Archives.ReadAsync(archive, session.CancellationToken);
        session.Equal("files of the archive", string.Join(' ', expected.Keys), string.Join(' ', files.Keys.Order(StringComparer.Ordinal)));
        foreach (var (name, content) in expected)
            session.Check(files.GetValueOrDefault(name).AsSpan().SequenceEqual(content), $"file {name} of the archive", "the bytes that were sent", $"{files.GetValueOrDefault(name)?.Length} bytes, or others");
        session.Note("archive");
    }
}
