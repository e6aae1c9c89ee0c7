using System.Reflection;
using System.Text;
using Microsoft.Extensions.Logging;
using SandboxApi.Server.Configuration;

namespace SandboxApi.Server.Tests.Configuration;

public sealed class ServeSettingsTests
{
    private static ServeSettings Read(out IReadOnlyList<string> errors, string[] args, params (string Name, string Value)[] variables) =>
        ServeSettingsReader.Read(args, variables.Select(variable => KeyValuePair.Create(variable.Name, variable.Value)), out errors);

    private static ServeSettings Read(string[] args, params (string Name, string Value)[] variables)
    {
        var settings = Read(out var errors, args, variables);
        errors.ShouldBeEmpty();
        return settings;
    }

    private static string TempFile(string json)
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, json);
        return file;
    }

    [Fact]
    public void Without_settings_all_is_as_the_options_say()
    {
        var settings = Read([]);
        settings.Server.Urls.ShouldBe(["http://127.0.0.1:7000"]);
        settings.Sandbox.PoolSize.ShouldBe(20);
        settings.LogFormat.ShouldBe(LogFormat.Text);
    }

    [Fact]
    public void The_command_line_goes_before_the_environment_before_the_file_before_the_default()
    {
        var file = TempFile("""{"pool-size": 2, "run-timeout": "3s", "memory-limit": "64MiB"}""");
        var settings = Read(["--config", file, "--pool-size", "4"], ("SANDBOX_POOL_SIZE", "3"), ("SANDBOX_RUN_TIMEOUT", "5s"));
        settings.Sandbox.PoolSize.ShouldBe(4);
        settings.Sandbox.RunTimeout.ShouldBe(TimeSpan.FromSeconds(5));
        settings.Sandbox.MemoryLimit.ShouldBe(64 << 20);
        settings.Sandbox.ProcessLimit.ShouldBe(256);
        File.Delete(file);
    }

    [Fact]
    public void The_file_can_be_named_by_the_environment()
    {
        var file = TempFile("""{"pool-size": 7}""");
        Read([], ("SANDBOX_CONFIG", file)).Sandbox.PoolSize.ShouldBe(7);
        File.Delete(file);
    }

    [Fact]
    public void Every_option_can_be_set_on_the_command_line()
    {
        var settings = Read([
            "--urls", "http://127.0.0.1:1;http://localhost:2", "--api-key=k1", "--api-key-secondary", "k2", "--api-keys", "a=k3==,b=k=4", "--api-keys", "c=k5", "--allow-public-without-key", "--max-archive-size", "1GiB", "--max-config-size=1MB",
            "--max-connections", "10", "--max-uploads", "3", "--unread-answers-limit", "2GiB", "--headers-timeout", "1s", "--keep-alive-timeout", "1m", "--min-data-rate", "0", "--stop-grace", "00:00:20", "--spool-directory", "/s", "--log-format", "JSON", "--log-level", "warning",
            "--pool-size", "1", "--queue-timeout", "0", "--run-timeout", "1h", "--cpu-time-limit", "5s", "--memory-limit", "1G", "--swap-limit", "-1", "--storage-limit", "1MiB", "--storage-inodes", "64", "--process-limit", "none",
            "--output-limit", "1kB", "--run-output-limit", "2kB", "--command-limit", "9", "--output-grace", "1s", "--file-size-limit", "5", "--result-limit", "6", "--open-files-limit", "16", "--core-limit", "7", "--cpuset", "0-1,3", "--cpu-period", "1000", "--cpu-quota", "0", "--cpu-shares", "2",
            "--read-iops", "/dev/sda=1", "--read-bps", "/dev/sda=1MB,/dev/sdb=2", "--write-iops", "/dev/sda=3", "--write-bps", "/dev/sda=4", "--network", "host", "--rootfs", "/r", "--separate-roots", "--read-only-paths", "/opt", "--read-only-paths", "/srv", "--environ", "A=1,2", "--environ", "B=", "--locale", "C",
            "--data-directory", "/d", "--environment-expiry", "1d", "--sweep-interval", "1s", "--environment-limit", "9", "--libraries", "https://x/?a=b=lib1", "--libraries", "/repo=lib2", "--libraries-refresh", "10s", "--waive", "io,seccomp"]);
        var server = settings.Server;
        server.Urls.ShouldBe(["http://127.0.0.1:1", "http://localhost:2"]);
        (server.ApiKey, server.ApiKeySecondary, server.AllowPublicWithoutKey).ShouldBe(("k1", "k2", true));
        server.ApiKeys.ShouldBe(new Dictionary<string, string> { ["a"] = "k3==", ["b"] = "k=4", ["c"] = "k5" });
        (server.MaxArchiveSize, server.MaxConfigSize, server.MaxConnections, server.MaxUploads, server.UnreadAnswersLimit, server.MinDataRate).ShouldBe((1L << 30, 1_000_000, 10, 3, 2L << 30, 0));
        (server.HeadersTimeout, server.KeepAliveTimeout, server.StopGrace, server.SpoolDirectory).ShouldBe((TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(20), "/s"));
        (settings.LogFormat, settings.LogLevel).ShouldBe((LogFormat.Json, LogLevel.Warning));
        var sandbox = settings.Sandbox;
        (sandbox.PoolSize, sandbox.QueueTimeout, sandbox.RunTimeout, sandbox.CpuTimeLimit).ShouldBe((1, TimeSpan.Zero, TimeSpan.FromHours(1), TimeSpan.FromSeconds(5)));
        (sandbox.MemoryLimit, sandbox.SwapLimit, sandbox.StorageLimit, sandbox.StorageInodes, sandbox.ProcessLimit).ShouldBe((1L << 30, -1, 1 << 20, 64, -1));
        (sandbox.OutputLimit, sandbox.FileSizeLimit, sandbox.ResultLimit, sandbox.OpenFilesLimit, sandbox.CoreLimit).ShouldBe((1000, 5, 6, 16, 7));
        sandbox.OutputGrace.ShouldBe(TimeSpan.FromSeconds(1));
        (sandbox.RunOutputLimit, sandbox.CommandLimit).ShouldBe((2000, 9));
        (sandbox.CpuSet, sandbox.CpuPeriod, sandbox.CpuQuota, sandbox.CpuShares).ShouldBe(("0-1,3", 1000, 0, 2));
        sandbox.ReadIops.ShouldBe(new Dictionary<string, long> { ["/dev/sda"] = 1 });
        sandbox.ReadBps.ShouldBe(new Dictionary<string, long> { ["/dev/sda"] = 1_000_000, ["/dev/sdb"] = 2 });
        sandbox.WriteIops.ShouldBe(new Dictionary<string, long> { ["/dev/sda"] = 3 });
        sandbox.WriteBps.ShouldBe(new Dictionary<string, long> { ["/dev/sda"] = 4 });
        (sandbox.Network, sandbox.RootFs, sandbox.SeparateRoots, sandbox.DataDirectory).ShouldBe((NetworkMode.Host, "/r", true, "/d"));
        sandbox.ReadOnlyPaths.ShouldBe(["/opt", "/srv"]);
        sandbox.Environ.ShouldBe(new Dictionary<string, string> { ["A"] = "1,2", ["B"] = "" }, ignoreOrder: true);
        sandbox.Locale.ShouldBe("C");
        (sandbox.EnvironmentExpiry, sandbox.SweepInterval, sandbox.EnvironmentLimit, sandbox.LibrariesRefresh).ShouldBe((TimeSpan.FromDays(1), TimeSpan.FromSeconds(1), 9, TimeSpan.FromSeconds(10)));
        sandbox.Libraries.ShouldBe([new GitLibrary("https://x/?a=b", "lib1"), new GitLibrary("/repo", "lib2")]);
        sandbox.Waive.ShouldBe(["io", "seccomp"]);
    }

    [Fact]
    public void A_file_may_hold_numbers_lists_and_objects()
    {
        var file = TempFile("""
            {
              // comments and a last comma are fine
              "urls": ["http://127.0.0.1:1"], "allow-public-without-key": true, "pool-size": 3, "memory-limit": 104857600, "run-timeout": 2.5,
              "libraries": [{"url": "https://x/r,1", "alias": "a"}, "/repo=b"], "write-bps": {"/dev/sda": "1MB"}, "waive": ["io"],
            }
            """);
        var settings = Read(["--config=" + file]);
        settings.Server.Urls.ShouldBe(["http://127.0.0.1:1"]);
        settings.Server.AllowPublicWithoutKey.ShouldBeTrue();
        settings.Sandbox.MemoryLimit.ShouldBe(100 << 20);
        settings.Sandbox.RunTimeout.ShouldBe(TimeSpan.FromSeconds(2.5));
        settings.Sandbox.Libraries.ShouldBe([new GitLibrary("https://x/r,1", "a"), new GitLibrary("/repo", "b")]);
        settings.Sandbox.WriteBps.ShouldBe(new Dictionary<string, long> { ["/dev/sda"] = 1_000_000 });
        File.Delete(file);
    }

    [Fact]
    public void Keys_by_label_may_stand_in_a_file_and_are_never_shown()
    {
        var file = TempFile("""{"api-keys": {"grader": "a,b;c", "notebook": "d"}}""");
        Read(["--config", file]).Server.ApiKeys.ShouldBe(new Dictionary<string, string> { ["grader"] = "a,b;c", ["notebook"] = "d" });
        File.Delete(file);
        foreach (var wrong in new[] { "secret", "=secret", "a b=secret", "a=", "a=secret\u00e9", "a=secret,a=other", "a=secret,secret" })
        {
            Read(out var errors, ["--api-keys", wrong]);
            errors.ShouldHaveSingleItem().ShouldStartWith("--api-keys is ***; it must be LABEL=KEY");
            errors[0].ShouldNotContain("secret");
        }
    }

    [Fact]
    public void Variables_are_taken_whole()
    {
        Read(["--environ", "JAVA_TOOL_OPTIONS=-Xmx1g,-x;y=z", "--environ=A=[1]", "--environ", "A= 2\n3 "]).Sandbox.Environ
            .ShouldBe(new Dictionary<string, string> { ["JAVA_TOOL_OPTIONS"] = "-Xmx1g,-x;y=z", ["A"] = " 2\n3 " }, ignoreOrder: true);
        Read([], ("SANDBOX_ENVIRON", "A=1,2\nB=3;4")).Sandbox.Environ.ShouldBe(new Dictionary<string, string> { ["A"] = "1,2", ["B"] = "3;4" }, ignoreOrder: true);
        Read([], ("SANDBOX_ENVIRON", """["A=1\n2", "B=x=y"]""")).Sandbox.Environ.ShouldBe(new Dictionary<string, string> { ["A"] = "1\n2", ["B"] = "x=y" }, ignoreOrder: true);
        var file = TempFile("""{"environ": {"A": "1,2", "N": 3}}""");
        Read(["--config", file]).Sandbox.Environ.ShouldBe(new Dictionary<string, string> { ["A"] = "1,2", ["N"] = "3" }, ignoreOrder: true);
        File.Delete(file);
    }

    [Theory]
    [InlineData("=secret")]
    [InlineData("secret")]
    public void A_variable_without_a_name_is_refused_and_its_value_not_shown(string text)
    {
        ServeSettingsReader.Read(["--environ", text], [], out var errors);

        errors.ShouldHaveSingleItem().ShouldContain("--environ is ***; it must be NAME=VALUE");
        errors[0].ShouldNotContain("secret");
    }

    [Fact]
    public void A_name_with_an_equals_sign_in_a_file_is_refused()
    {
        var file = TempFile("""{"environ": {"A=B": "c"}}""");
        ServeSettingsReader.Read(["--config", file], [], out var errors);
        File.Delete(file);

        errors.ShouldHaveSingleItem().ShouldContain("has a name with '='");
    }

    [Fact]
    public void A_list_in_a_variable_may_be_a_json_array() =>
        Read([], ("SANDBOX_LIBRARIES", """[{"url":"https://x/r,1","alias":"a"}]""")).Sandbox.Libraries.ShouldBe([new GitLibrary("https://x/r,1", "a")]);

    [Fact]
    public void Every_error_of_every_source_is_told_as_it_was_written()
    {
        var file = TempFile("""{"pool-size": "many", "colour": 1}""");
        Read(out var errors, ["--config", file, "--pool-sise", "4", "--run-timeout", "soon", "stray", "--cpu-shares"], ("SANDBOX_MEMORY_LIMIT", "1"), ("SANDBOX_COLOUR", "1"), ("OTHER", "1"));
        errors.Count.ShouldBe(8, string.Join('\n', errors));
        errors.ShouldContain(error => error.StartsWith("--pool-sise is no setting"));
        errors.ShouldContain(error => error.StartsWith("'stray' is no setting"));
        errors.ShouldContain(error => error.StartsWith("--cpu-shares has no value: it must be a whole number, from 2 to 262144"));
        errors.ShouldContain(error => error.StartsWith("--run-timeout is soon; it must be a time ("));
        errors.ShouldContain("SANDBOX_MEMORY_LIMIT is 1; it must be a size, at least 16MiB");
        errors.ShouldContain(error => error.StartsWith("the environment variable SANDBOX_COLOUR is no setting"));
        errors.ShouldContain($"\"pool-size\" in {file} is \"many\"; it must be a whole number, from 1 to 1000");
        errors.ShouldContain(error => error.StartsWith($"\"colour\" in {file} is no setting"));
        File.Delete(file);
    }

    [Theory]
    [InlineData("--pool-size", "0")]
    [InlineData("--pool-size", "1001")]
    [InlineData("--pool-size", "-4")]
    [InlineData("--pool-size", "")]
    [InlineData("--queue-timeout", "-1s")]
    [InlineData("--run-timeout", "0")]
    [InlineData("--run-timeout", "2d")]
    [InlineData("--run-timeout", "none")]
    [InlineData("--memory-limit", "15MiB")]
    [InlineData("--memory-limit", "-1")]
    [InlineData("--memory-limit", "99999999TiB")]
    [InlineData("--swap-limit", "-2")]
    [InlineData("--cpu-quota", "999")]
    [InlineData("--cpuset", "a")]
    [InlineData("--network", "bridge")]
    [InlineData("--rootfs", "relative")]
    [InlineData("--rootfs", "")]
    [InlineData("--read-only-paths", "opt")]
    [InlineData("--libraries", "https://x")]
    [InlineData("--libraries", "https://x=../up")]
    [InlineData("--libraries", "[{")]
    [InlineData("--read-iops", "sda=1")]
    [InlineData("--read-iops", "/dev/sda=1,/dev/sda=2")]
    [InlineData("--read-bps", "/dev/sda=0")]
    [InlineData("--urls", "https://127.0.0.1:7000")]
    [InlineData("--urls", "http://example.com:7000")]
    [InlineData("--allow-public-without-key=perhaps", "--pool-size=4")]
    [InlineData("--log-level", "loud")]
    [InlineData("--api-key", "")]
    [InlineData("--api-key", "a b")]
    public void A_value_that_is_not_allowed_is_refused(string name, string value)
    {
        Read(out var errors, [name, value]);
        errors.ShouldNotBeEmpty();
        errors[0].ShouldStartWith(name.Split('=')[0]);
    }

    [Fact]
    public void A_key_is_never_repeated_in_a_message()
    {
        Read(out var errors, ["--api-key", "my secret"], ("SANDBOX_API_KEY_SECONDARY", "other secret"));
        errors.Count.ShouldBe(2);
        string.Join('\n', errors).ShouldNotContain("secret");
    }

    [Fact]
    public void A_setting_given_twice_is_refused_unless_it_is_a_list()
    {
        Read(out var errors, ["--pool-size", "4", "--pool-size", "5"]);
        errors.ShouldHaveSingleItem().ShouldBe("--pool-size is given twice: give it once");
    }

    [Theory]
    [InlineData("{", "not valid JSON")]
    [InlineData("[]", "JSON object")]
    [InlineData("""{"pool-size":1,"pool-size":2}""", "not valid JSON")]
    public void A_file_that_cannot_be_used_is_named(string json, string reason)
    {
        var file = TempFile(json);
        Read(out var errors, ["--config", file]);
        errors.ShouldHaveSingleItem().ShouldContain(file);
        errors[0].ShouldContain(reason);
        File.Delete(file);
    }

    [Theory]
    [InlineData("/no/such/file.json", "there is no such file")]
    [InlineData("/tmp", "it is a directory")]
    [InlineData("", "the name is empty")]
    public void A_file_that_cannot_be_read_is_named_with_the_reason(string file, string reason)
    {
        Read(out var errors, ["--config", file]);
        errors.ShouldHaveSingleItem().ShouldBe($"the config file '{file}' cannot be read: {reason}");
    }

    [Fact]
    public void A_byte_order_mark_is_passed_over_and_another_encoding_is_named_without_what_the_file_holds()
    {
        var file = TempFile("");
        File.WriteAllText(file, """{"pool-size": 3}""", new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        Read(["--config", file]).Sandbox.PoolSize.ShouldBe(3);

        File.WriteAllText(file, """{"api-key": "secret"}""", Encoding.Unicode);
        Read(out var errors, ["--config", file]);
        errors.ShouldHaveSingleItem().ShouldBe($"the config file '{file}' cannot be read: it is UTF-16 (little-endian) and must be UTF-8");

        File.WriteAllText(file, """{"api-key": "secrét"}""", Encoding.Latin1);
        Read(out errors, ["--config", file]);
        errors.ShouldHaveSingleItem().ShouldBe($"the config file '{file}' cannot be read: it holds the byte 0xE9 at offset 17 and must be UTF-8");
        File.Delete(file);
    }

    [Theory]
    [InlineData("--memory-limit", "1M", "--memory-limit is 1M; it must be a size, at least 16MiB")]
    [InlineData("--memory-limit", "much", "--memory-limit is much; it must be a size (bytes, or a number with kB, MB, GB, TB (powers of 1000) or KiB, MiB, GiB, TiB (powers of 1024; K, M, G, T mean the same)), at least 16MiB")]
    [InlineData("--stop-grace", "25h", "--stop-grace is 25h; it must be a time, 0 or more, at most 24h")]
    public void How_a_value_is_written_is_told_only_of_one_that_cannot_be_read(string name, string value, string expected)
    {
        Read(out var errors, [name, value]);
        errors.ShouldHaveSingleItem().ShouldBe(expected);
    }

    [Fact]
    public void A_mistyped_setting_is_told_with_the_nearest()
    {
        var file = TempFile("""{"pol-size": 3}""");
        Read(out var errors, ["--config", file, "--memroy-limit", "1G", "--nonsense"], ("SANDBOX_RUN_TIMOUT", "1s"));
        errors.ShouldBe([
            "--memroy-limit is no setting: did you mean --memory-limit?",
            "--nonsense is no setting: sandbox serve --help lists them",
            "the environment variable SANDBOX_RUN_TIMOUT is no setting: did you mean SANDBOX_RUN_TIMEOUT?",
            $"\"pol-size\" in {file} is no setting: did you mean pool-size?",
        ], ignoreOrder: true);
        File.Delete(file);
    }

    [Fact]
    public void Variables_of_the_client_and_of_Kubernetes_are_left_alone() =>
        Read([], ("SANDBOX_SERVER", "http://x"), ("SANDBOX_SERVICE_HOST", "10.0.0.1"), ("SANDBOX_PORT_7000_TCP", "x"), ("SANDBOX_PORT", "tcp://x")).Sandbox.PoolSize.ShouldBe(20);

    [Theory]
    [InlineData(typeof(SandboxServerOptions))]
    [InlineData(typeof(LocalSandboxOptions))]
    public void Every_property_of_the_options_has_its_setting(Type options)
    {
        var table = options == typeof(SandboxServerOptions) ? ServeSettingsTable.Server : ServeSettingsTable.Sandbox;
        foreach (var property in options.GetProperties(BindingFlags.Public | BindingFlags.Instance))
            table.ShouldContain(setting => setting.Property == property.Name, property.Name);
    }

    [Fact]
    public void Names_are_unique_and_help_lists_all()
    {
        ServeSettingsTable.All.Select(setting => setting.Name).ShouldBeUnique();
        var help = ServeHelp.Text();
        foreach (var setting in ServeSettingsTable.All)
            help.ShouldContain($"--{setting.Name}\n");
    }
}
