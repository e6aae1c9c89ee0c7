using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using SandboxApi.Runtime.Environments;

namespace SandboxApi.Runtime.Tests.Environments;

public sealed class EnvironmentStoreTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2031, 5, 6, 7, 8, 9, TimeSpan.Zero);

    private readonly Workplace _place = new();
    private readonly FakeTimeProvider _time = new(Start);
    private readonly string _directory;

    public EnvironmentStoreTests() => _directory = Path.Combine(_place.Top, "data", "environments");

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task A_committed_environment_is_read_back_and_survives_a_restart()
    {
        StoredEnvironment stored;
        await using (var store = Open())
        {
            stored = await SaveAsync(store, "content"u8.ToArray());
            stored.Expires.ShouldBe(Start + TimeSpan.FromHours(24));
            stored.Id.Version.ShouldBe(4);
            store.Check(stored.Id).ShouldBe(7);
        }

        await using var again = Open();
        await using var stream = again.Open(stored.Id);
        stream.Length.ShouldBe(7);
        (await new StreamReader(stream).ReadToEndAsync()).ShouldBe("content");
    }

    [Fact]
    public async Task The_directory_and_files_are_for_the_owner_only()
    {
        await using var store = Open();
        var stored = await SaveAsync(store, [1]);
        (await Workplace.RunAsync(_directory, "stat -c %a . *")).ShouldBe("700\n600\n");
        Directory.GetFiles(_directory).ShouldBe([Path.Combine(_directory, stored.Id + ".tgz")]);
    }

    [Fact]
    public async Task Without_commit_nothing_stays_and_nothing_is_seen()
    {
        await using var store = Open();
        var environment = store.Begin();
        await environment.Stream.WriteAsync(new byte[100_000]);
        Directory.GetFiles(_directory, "*.tgz").ShouldBeEmpty();
        await environment.DisposeAsync();
        await environment.DisposeAsync();
        Directory.GetFileSystemEntries(_directory).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_unknown_id_is_not_found()
    {
        await using var store = Open();
        Should.Throw<SandboxException>(() => store.Open(Guid.NewGuid())).Code.ShouldBe(SandboxErrorCode.NotFound);
        store.Check(Guid.Empty).ShouldBeNull();
        (await Should.ThrowAsync<SandboxException>(() => store.OpenFileAsync(Guid.NewGuid(), "a", default))).Code.ShouldBe(SandboxErrorCode.NotFound);
        (await store.CheckFileAsync(Guid.NewGuid(), "a", default)).ShouldBeNull();
    }

    [Fact]
    public async Task An_expired_environment_is_not_served_even_before_it_is_swept()
    {
        await using var store = Open();
        var stored = await SaveAsync(store, [1]);
        _time.Advance(TimeSpan.FromHours(24) - TimeSpan.FromTicks(1));
        store.Check(stored.Id).ShouldBe(1);
        // Straight to the clock, so that no sweep is due before the check.
        File.SetLastWriteTimeUtc(PathOf(stored), Start.UtcDateTime - TimeSpan.FromHours(1));
        store.Check(stored.Id).ShouldBeNull();
        Should.Throw<SandboxException>(() => store.Open(stored.Id)).Code.ShouldBe(SandboxErrorCode.NotFound);
        File.Exists(PathOf(stored)).ShouldBeTrue();
        store.Sweep().ShouldBe(1);
        File.Exists(PathOf(stored)).ShouldBeFalse();
    }

    [Fact(Timeout = 60_000)]
    public async Task The_sweeper_removes_what_expired_and_leaves_a_download_alone()
    {
        var log = new SweepLog();
        await using var store = Open(log);
        var stored = await SaveAsync(store, Encoding.UTF8.GetBytes("still readable"));
        await using var download = store.Open(stored.Id);
        var swept = log.NextRemoval();
        _time.Advance(TimeSpan.FromHours(25));
        await swept.WaitAsync(TestContext.Current.CancellationToken);
        File.Exists(PathOf(stored)).ShouldBeFalse();
        (await new StreamReader(download).ReadToEndAsync()).ShouldBe("still readable");
    }

    [Fact]
    public async Task A_start_removes_what_expired_and_what_a_killed_process_left()
    {
        StoredEnvironment old, recent;
        await using (var store = Open())
        {
            old = await SaveAsync(store, [1]);
            _time.Advance(TimeSpan.FromHours(23));
            recent = await SaveAsync(store, [2]);
        }

        var leftover = Path.Combine(_directory, Guid.NewGuid() + ".tmp");
        await File.WriteAllTextAsync(leftover, "half");
        File.SetUnixFileMode(leftover, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var foreign = Path.Combine(_directory, "README.tgz");
        await File.WriteAllTextAsync(foreign, "not ours");
        File.SetLastWriteTimeUtc(foreign, DateTime.UnixEpoch);
        _time.Advance(TimeSpan.FromHours(2));
        await using var again = Open();
        Directory.GetFiles(_directory).Order().ShouldBe(new[] { PathOf(recent), foreign }.Order());
        again.Check(old.Id).ShouldBeNull();
        again.Check(recent.Id).ShouldBe(1);
    }

    [Fact]
    public async Task Half_a_file_of_somebody_else_is_no_leftover()
    {
        string[] foreign = [Path.Combine(_directory, "copy.tmp"), Path.Combine(_directory, Guid.NewGuid() + ".tmp"), Path.Combine(_directory, Guid.NewGuid() + ".tmp")];
        await using (Open())
        {
            await File.WriteAllTextAsync(foreign[0], "by another name");
            File.SetUnixFileMode(foreign[0], UnixFileMode.UserRead | UnixFileMode.UserWrite);
            await File.WriteAllTextAsync(foreign[1], "for others to read");
            File.SetUnixFileMode(foreign[1], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
            File.CreateSymbolicLink(foreign[2], foreign[0]);
        }

        await using var again = Open();
        Directory.GetFiles(_directory).Order().ShouldBe(foreign.Order());
    }

    [Fact]
    public async Task What_another_process_is_writing_is_no_leftover()
    {
        await using var store = Open();
        await using var environment = store.Begin();
        await environment.Stream.WriteAsync("x"u8.ToArray());
        await using var other = Open();
        var stored = await environment.CommitAsync(default);
        other.Check(stored.Id).ShouldBe(1);
    }

    [Fact]
    public async Task A_clock_that_was_set_back_does_not_keep_an_environment_for_ever()
    {
        StoredEnvironment stored;
        await using (var store = Open())
            stored = await SaveAsync(store, [1]);
        File.SetLastWriteTimeUtc(PathOf(stored), Start.UtcDateTime.AddYears(5));
        await using var again = Open();
        again.Check(stored.Id).ShouldBe(1);
        _time.Advance(TimeSpan.FromHours(24));
        again.Check(stored.Id).ShouldBeNull();
    }

    [Fact(Timeout = 60_000)]
    public async Task Many_environments_are_saved_at_once()
    {
        await using var store = Open();
        var saved = new ConcurrentDictionary<Guid, int>();
        await Parallel.ForAsync(0, 100, TestContext.Current.CancellationToken, async (i, _) => saved[(await SaveAsync(store, new byte[i + 1])).Id] = i + 1);
        saved.Count.ShouldBe(100);
        foreach (var (id, size) in saved)
            store.Check(id).ShouldBe(size);
        Directory.GetFiles(_directory).Length.ShouldBe(100);
    }

    [Fact]
    public async Task One_file_of_an_environment_is_read_with_its_length()
    {
        await Workplace.RunAsync(_place.HomePath, "mkdir dir; printf hello > dir/a.txt; touch empty; ln dir/a.txt hard; ln -s dir/a.txt link; head -c 500000 /dev/urandom > 'big ü'");
        await using var store = Open();
        var stored = await SaveAsync(store, await _place.PackAsync());

        foreach (var path in (string[])["dir/a.txt", "./dir//a.txt", "dir/a.txt/", "hard", "link"])
        {
            await using var file = await store.OpenFileAsync(stored.Id, path, default);
            file.Length.ShouldBe(5);
            (await new StreamReader(file).ReadToEndAsync()).ShouldBe("hello", path);
        }

        (await store.CheckFileAsync(stored.Id, "empty", default)).ShouldBe(0);
        (await store.CheckFileAsync(stored.Id, "big ü", default)).ShouldBe(500_000);
        var expected = await File.ReadAllBytesAsync(_place.In("big ü"));
        using var content = new MemoryStream();
        using (var big = await store.OpenFileAsync(stored.Id, "big ü", default))
            big.CopyTo(content);
        content.ToArray().ShouldBe(expected);

        foreach (var path in (string[])["dir", "missing", "", ".", "/dir/a.txt", "../dir/a.txt", "dir/../dir/a.txt", "nul\0", "dir/a.txt/x"])
        {
            (await store.CheckFileAsync(stored.Id, path, default)).ShouldBeNull(path);
            (await Should.ThrowAsync<SandboxException>(() => store.OpenFileAsync(stored.Id, path, default))).Code.ShouldBe(SandboxErrorCode.NotFound);
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task A_lookup_waits_for_its_turn()
    {
        await Workplace.RunAsync(_place.HomePath, "printf hello > a");
        await using var store = Open();
        var stored = await SaveAsync(store, await _place.PackAsync());
        var turns = new List<IDisposable>();
        for (var i = 0; i < store.Lookups.Most; i++)
            turns.Add(await store.Lookups.TakeAsync(default));

        var check = store.CheckFileAsync(stored.Id, "a", default);
        var open = store.OpenFileAsync(stored.Id, "a", default);
        (check.IsCompleted || open.IsCompleted).ShouldBeFalse();
        turns.ForEach(turn => turn.Dispose());

        (await check).ShouldBe(5);
        await using var file = await open;
        (await new StreamReader(file).ReadToEndAsync()).ShouldBe("hello");

        // To read what was found takes no turn, and each was given back.
        (await store.CheckFileAsync(stored.Id, "missing", default)).ShouldBeNull();
    }

    [Fact]
    public async Task A_damaged_archive_is_an_internal_error()
    {
        await using var store = Open();
        var stored = await SaveAsync(store, "no archive"u8.ToArray());
        (await Should.ThrowAsync<SandboxException>(() => store.OpenFileAsync(stored.Id, "a", default))).Code.ShouldBe(SandboxErrorCode.Internal);
    }

    [Fact]
    public async Task A_full_disk_is_told_and_leaves_nothing()
    {
        using var small = SmallFileSystem.Mount("size=64k");
        await using var store = new EnvironmentStore(new() { Directory = Path.Combine(small.Path, "environments") }, _time, NullLogger.Instance);
        var e = await Should.ThrowAsync<SandboxException>(() => SaveAsync(store, new byte[200_000]));
        e.Code.ShouldBe(SandboxErrorCode.Internal);
        e.Message.ShouldContain("full");
        Directory.GetFileSystemEntries(Path.Combine(small.Path, "environments")).ShouldBeEmpty();
        await SaveAsync(store, [1]);
    }

    [Theory]
    [InlineData("canary")]
    [InlineData("canary/environments")]
    [InlineData("/proc/environments")]
    public void A_directory_that_cannot_be_used_is_named_with_the_fix(string path)
    {
        var directory = Path.Combine(_place.Top, "outside", path);
        var e = Should.Throw<SandboxException>(() => new EnvironmentStore(new() { Directory = directory }, _time, NullLogger.Instance));
        e.Message.ShouldContain(directory);
        e.Message.ShouldContain("DataDirectory");
    }

    private static async Task<StoredEnvironment> SaveAsync(EnvironmentStore store, byte[] content)
    {
        await using var environment = store.Begin();
        await environment.Stream.WriteAsync(content);
        return await environment.CommitAsync(default);
    }

    private EnvironmentStore Open(ILogger? logger = null) => new(new() { Directory = _directory }, _time, logger ?? NullLogger.Instance);

    private string PathOf(StoredEnvironment stored) => Path.Combine(_directory, stored.Id + ".tgz");

    private sealed class SweepLog : ILogger
    {
        private TaskCompletionSource _removal = new();

        public Task NextRemoval() => (_removal = new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (state is IEnumerable<KeyValuePair<string, object?>> values && values.Any(v => v is { Key: "Count", Value: > 0 }))
                _removal.TrySetResult();
        }
    }
}
