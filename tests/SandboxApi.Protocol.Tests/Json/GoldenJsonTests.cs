using System.Text.Json;
using SandboxApi.Json;

namespace SandboxApi.Protocol.Tests.Json;

public sealed class GoldenJsonTests
{
    private const string Original = """{"status":0,"execution":[{"command":"echo $((2+2))","exit_code":0,"stdout":"4","stderr":"","time":0.0021}],"total_time":0.003}""";

    private static readonly IReadOnlyDictionary<string, long> Sda = new Dictionary<string, long> { ["/dev/sda1"] = 7 };

    [Fact]
    public void A_full_result_has_the_fields_of_the_protocol_and_ours()
    {
        var result = new ExecutionResult
        {
            Status = 137,
            Execution =
            [
                new CommandResult
                {
                    Command = "echo 'é<&>'", ExitCode = 137, Stdout = "a\nb", Stderr = "\u0001\"", Time = TimeSpan.FromSeconds(0.25), CpuTime = TimeSpan.FromSeconds(0.125), MemoryPeak = 4096,
                    Signal = 9, Verdict = Verdict.CpuTime, StdoutTruncated = true, StderrTruncated = false, StdoutBytes = 10, StderrBytes = 2, StdoutUtf8 = true, StderrUtf8 = false,
                    OutputLeftOpen = true, Message = "said", Exact = true, StdoutTail = "b ", StderrTail = "\r\n",
                },
            ],
            TotalTime = TimeSpan.FromSeconds(1),
            Result = "r",
            Environment = Guid.Parse("872b604c-9cce-42e2-8888-9a0311f3a724"),
            Expire = new DateTimeOffset(2026, 11, 24, 12, 3, 35, TimeSpan.FromHours(2)).AddTicks(1_234_560),
            Timings = new Timings { Queue = TimeSpan.FromSeconds(0.5), Collect = TimeSpan.FromSeconds(2) },
            Message = "m",
        };
        Write(result).ShouldBe(
            """{"status":137,"execution":[{"command":"echo 'é<&>'","exit_code":137,"stdout":"a\nb","stderr":"\u0001\"","time":0.25,"cpu_time":0.125,"memory_peak":4096,"signal":9,"verdict":"cpu_time","stdout_truncated":true,"stderr_truncated":false,"stdout_bytes":10,"stderr_bytes":2,"stdout_utf8":true,"stderr_utf8":false,"output_left_open":true,"message":"said","exact":true,"stdout_tail":"b ","stderr_tail":"\r\n"}],"total_time":1,"result":"r","environment":"872b604c-9cce-42e2-8888-9a0311f3a724","expire":"2026-11-24T10:03:35.123456+00:00","timings":{"queue":0.5,"setup":0,"run":0,"collect":2},"message":"m"}""");
        var read = JsonSerializer.Deserialize(Write(result), SandboxJsonContext.Relaxed.ExecutionResult)!;
        read.Execution.ShouldBe(result.Execution);
        (read with { Execution = result.Execution }).ShouldBe(result);
    }

    [Theory]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(8192)]
    [InlineData(20_000)]
    public void A_long_text_is_written_as_a_short_one_is_wherever_it_is_cut_into_pieces(int before)
    {
        // A pair of surrogates, and what is escaped, at every place around the cut.
        for (var shift = 0; shift < 3; shift++)
        {
            var text = new string('x', before - shift) + "😀\n\"\u0001é" + new string('y', 5000);
            var command = new CommandResult { Command = "x", ExitCode = 0, Stdout = text, Stderr = text, Time = TimeSpan.Zero };
            var written = Write(new ExecutionResult { Status = 0, Execution = [command], TotalTime = TimeSpan.Zero, Result = text });

            var plain = JsonSerializer.Serialize(text, SandboxJsonContext.Relaxed.Options);
            written.ShouldContain($"\"stdout\":{plain},\"stderr\":{plain},");
            written.ShouldContain($"\"result\":{plain}");
        }
    }

    [Fact]
    public void A_plain_result_leaves_out_result_environment_and_expire() => Write(new ExecutionResult
    {
        Status = 0,
        Execution = [new CommandResult { Command = "x", ExitCode = 0, Stdout = "", Stderr = "", Time = TimeSpan.Zero }],
        TotalTime = TimeSpan.Zero,
    }).ShouldBe("""{"status":0,"execution":[{"command":"x","exit_code":0,"stdout":"","stderr":"","time":0}],"total_time":0}""");

    [Fact]
    public void An_original_servers_result_is_read_and_what_it_does_not_tell_is_null()
    {
        var result = JsonSerializer.Deserialize(Original, SandboxJsonContext.Relaxed.ExecutionResult)!;
        result.TotalTime.ShouldBe(TimeSpan.FromMilliseconds(3));
        result.Timings.ShouldBeNull();
        var command = result.Execution.Single();
        command.Time.ShouldBe(TimeSpan.FromTicks(21_000));
        (command.Verdict, command.CpuTime, command.MemoryPeak, command.Signal, command.StdoutBytes, command.StdoutUtf8).ShouldBe((null, null, null, null, null, null));
        (command.StdoutTruncated, command.StderrTruncated, command.OutputLeftOpen, command.Exact).ShouldBe((null, null, null, null));
        (command.StdoutContent, command.StderrContent, result.ResultContent).ShouldBe((null, null, null));
    }

    [Theory]
    [InlineData("""{"status":0,"execution":[{"command":"x","exit_code":0,"stdout":" a\r\n","stderr":"","time":0,"exact":true}],"total_time":0,"result":"\u0000\uFEFF"}""", " a\r\n", "\0\uFEFF")]
    [InlineData("""{"status":0,"execution":[{"command":"x","exit_code":0,"stdout":"?","stderr":"","time":0,"exact":true,"stdout_base64":"IGEK"}],"total_time":0,"result_base64":"eA=="}""", " a\n", "x")]
    public void Exact_output_is_the_bytes_that_were_sent_else_those_of_the_text(string json, string stdout, string content)
    {
        var result = JsonSerializer.Deserialize(json, SandboxJsonContext.Relaxed.ExecutionResult)!;

        result.Execution[0].StdoutContent.ShouldNotBeNull().ToArray().ShouldBe(System.Text.Encoding.UTF8.GetBytes(stdout));
        result.Execution[0].StderrContent.ShouldNotBeNull().Length.ShouldBe(0);
        result.Execution[0].StdoutTailContent.ShouldBeNull();
        result.ResultContent.ShouldNotBeNull().ToArray().ShouldBe(System.Text.Encoding.UTF8.GetBytes(content));
        Write(result).ShouldBe(json);
    }

    [Theory]
    [InlineData(3071)]
    [InlineData(3072)]
    [InlineData(3073)]
    [InlineData(100_000)]
    public void Bytes_of_any_length_are_written_as_base64(int length)
    {
        var bytes = new byte[length];
        new Random(1).NextBytes(bytes);
        var json = $$"""{"status":0,"execution":[{"command":"x","exit_code":0,"stdout":"","stderr":"","time":0,"exact":true}],"total_time":0,"result_base64":"{{Convert.ToBase64String(bytes)}}"}""";

        var result = JsonSerializer.Deserialize(json, SandboxJsonContext.Relaxed.ExecutionResult)!;

        result.ResultContent.ShouldNotBeNull().ToArray().ShouldBe(bytes);
        Write(result).ShouldBe(json);
    }

    [Theory]
    [InlineData("2026-11-24T10:03:35.123456+00:00")]
    [InlineData("2026-11-24T12:03:35.123456+02:00")]
    [InlineData("2026-11-24T10:03:35.123456Z")]
    [InlineData("2026-11-24T10:03:35.123456")]
    public void Expire_is_read_in_any_ISO_form_and_without_a_zone_is_UTC(string text) =>
        JsonSerializer.Deserialize(Original[..^1] + $$""","expire":"{{text}}"}""", SandboxJsonContext.Relaxed.ExecutionResult)!.Expire
            .ShouldBe(new DateTimeOffset(2026, 11, 24, 10, 3, 35, TimeSpan.Zero).AddTicks(1_234_560));

    [Theory]
    [InlineData("""{"status":0,"total_time":0}""")]
    [InlineData("""{"status":0,"execution":null,"total_time":0}""")]
    [InlineData("""{"status":"0","execution":[],"total_time":0}""")]
    [InlineData("""{"status":0,"execution":[],"total_time":"0"}""")]
    [InlineData("""{"status":0,"execution":[],"total_time":0,"expire":"tomorrow"}""")]
    [InlineData("""{"status":0,"execution":[],"total_time":0,"environment":"no uuid"}""")]
    public void What_is_no_result_is_a_JSON_error(string json) =>
        Should.Throw<JsonException>(() => JsonSerializer.Deserialize(json, SandboxJsonContext.Relaxed.ExecutionResult));

    [Fact]
    public void Specifications_have_the_shape_of_the_protocol()
    {
        const string Json = """{"host":{"cpu":{"core":6,"logical":12,"freq_min":800.5,"freq_max":4700},"memory":{"ram":16,"swap":9,"storage":{"/dev/sda1":7}},"docker_version":"","sandbox_version":"3.0.3","engine":{"name":"linux","version":"0.1.0","protections":["seccomp"],"waived":[]}},"container":{"count":20,"cpu":{"count":1,"period":1000,"shares":1024,"quota":0},"memory":{"ram":100,"swap":200,"storage":-1},"io":{"read_iops":{},"read_bps":{"/dev/sda1":7},"write_iops":{},"write_bps":{}},"process":-1,"working_dir_device":"/dev/sda1","limits":{"wall_time":10,"memory":5}}}""";
        var specifications = new Specifications
        {
            Host = new()
            {
                Cpu = new() { Core = 6, Logical = 12, FreqMin = 800.5, FreqMax = 4700 },
                Memory = new() { Ram = 16, Swap = 9, Storage = Sda },
                DockerVersion = "",
                SandboxVersion = "3.0.3",
                Engine = new() { Name = "linux", Version = "0.1.0", Protections = ["seccomp"], Waived = [] },
            },
            Container = new()
            {
                Count = 20,
                Cpu = new() { Count = 1, Period = 1000, Shares = 1024, Quota = 0 },
                Memory = new() { Ram = 100, Swap = 200, Storage = -1 },
                Io = Rates,
                Process = -1,
                WorkingDirDevice = "/dev/sda1",
                Limits = new() { WallTime = TimeSpan.FromSeconds(10), Memory = 5 },
            },
        };
        JsonSerializer.Serialize(specifications, SandboxJsonContext.Relaxed.Specifications).ShouldBe(Json);
        JsonSerializer.Serialize(JsonSerializer.Deserialize(Json, SandboxJsonContext.Relaxed.Specifications)!, SandboxJsonContext.Relaxed.Specifications).ShouldBe(Json);
    }

    [Fact]
    public void Usage_has_the_shape_of_the_protocol()
    {
        const string Json = """{"cpu":{"frequency":800.25,"usage":0.085,"usage_avg":[0.1,0.09,0.07]},"memory":{"ram":5,"swap":0,"storage":{"/dev/sda1":7}},"io":{"read_iops":{},"read_bps":{"/dev/sda1":7},"write_iops":{},"write_bps":{}},"network":{"sent_bytes":514,"received_bytes":526,"sent_packets":6,"received_packets":5},"process":350,"container":2}""";
        var usage = new Usage
        {
            Cpu = new() { Frequency = 800.25, Usage = 0.085, UsageAvg = [0.1, 0.09, 0.07] },
            Memory = new() { Ram = 5, Swap = 0, Storage = Sda },
            Io = Rates,
            Network = new() { SentBytes = 514, ReceivedBytes = 526, SentPackets = 6, ReceivedPackets = 5 },
            Process = 350,
            Container = 2,
        };
        JsonSerializer.Serialize(usage, SandboxJsonContext.Relaxed.Usage).ShouldBe(Json);
        JsonSerializer.Serialize(JsonSerializer.Deserialize(Json, SandboxJsonContext.Relaxed.Usage)!, SandboxJsonContext.Relaxed.Usage).ShouldBe(Json);
    }

    [Fact]
    public void Libraries_have_the_shape_of_the_protocol()
    {
        const string Json = """{"libraries":{"system":{"bash":"5.2-1"},"python":{"Num_Py":"1.0"},"perl":{},"c":{}},"bin":["ls"]}""";
        var libraries = new Libraries
        {
            Packages = new()
            {
                System = new Dictionary<string, string> { ["bash"] = "5.2-1" },
                Python = new Dictionary<string, string> { ["Num_Py"] = "1.0" },
                Perl = new Dictionary<string, string>(),
                C = new Dictionary<string, string>(),
            },
            Bin = ["ls"],
        };
        JsonSerializer.Serialize(libraries, SandboxJsonContext.Relaxed.Libraries).ShouldBe(Json);
        JsonSerializer.Serialize(JsonSerializer.Deserialize(Json, SandboxJsonContext.Relaxed.Libraries)!, SandboxJsonContext.Relaxed.Libraries).ShouldBe(Json);
    }

    [Fact]
    public void A_problem_has_the_fields_of_the_standard_and_ours() => JsonSerializer.Serialize(
        new Problem { Type = "about:blank", Title = "Bad Request", Status = 400, Detail = "d", Code = "invalid_config", Violations = [new("commands", "is missing")] },
        SandboxJsonContext.Relaxed.Problem)
        .ShouldBe("""{"type":"about:blank","title":"Bad Request","status":400,"detail":"d","code":"invalid_config","violations":[{"field":"commands","message":"is missing"}]}""");

    [Fact]
    public void An_original_servers_specifications_may_have_no_core_count_and_Dockers_form_of_limits()
    {
        const string Json = """{"host":{"cpu":{"core":null,"logical":2,"freq_min":0.0,"freq_max":0.0},"memory":{"ram":1,"swap":1,"storage":{}},"docker_version":"20","sandbox_version":"3.0.3"},"container":{"count":1,"cpu":{"count":1,"period":-1,"shares":-1,"quota":-1},"memory":{"ram":-1,"swap":-1,"storage":-1},"io":{"read_iops":[{"Path":"/dev/sda","Rate":1000}],"read_bps":{},"write_iops":{},"write_bps":{}},"process":-1,"working_dir_device":"overlay"}}""";
        var read = JsonSerializer.Deserialize(Json, SandboxJsonContext.Relaxed.Specifications)!;
        read.Host.Cpu.Core.ShouldBe(0);
        read.Host.Engine.ShouldBeNull();
        read.Container.Limits.ShouldBeNull();
        read.Container.Io.ReadIops.ShouldBe(new Dictionary<string, long> { ["/dev/sda"] = 1000 });
    }

    [Fact]
    public void Limits_of_a_newer_server_are_read_as_far_as_they_are_known()
    {
        var limits = JsonSerializer.Deserialize("""{"memory":5,"sockets":3,"wall_time":null}""", SandboxJsonContext.Relaxed.Limits)!;
        limits.ShouldBe(new SandboxApi.Limits { Memory = 5 });
    }

    [Theory]
    [InlineData("ok", Verdict.Ok)]
    [InlineData("cpu_time", Verdict.CpuTime)]
    [InlineData("signalled", Verdict.Signalled)]
    [InlineData("weather", Verdict.Unknown)]
    [InlineData("Ok", Verdict.Unknown)]
    [InlineData("", Verdict.Unknown)]
    public void A_verdict_that_is_not_known_reads_as_unknown(string text, Verdict expected) =>
        JsonSerializer.Deserialize($"\"{text}\"", SandboxJsonContext.Relaxed.Verdict).ShouldBe(expected);

    [Fact]
    public void Every_verdict_reads_as_it_is_written()
    {
        foreach (var verdict in Enum.GetValues<Verdict>())
            JsonSerializer.Deserialize(JsonSerializer.Serialize(verdict, SandboxJsonContext.Relaxed.Verdict), SandboxJsonContext.Relaxed.Verdict).ShouldBe(verdict);
    }

    private static IoRates Rates { get; } = new()
    {
        ReadIops = new Dictionary<string, long>(),
        ReadBps = Sda,
        WriteIops = new Dictionary<string, long>(),
        WriteBps = new Dictionary<string, long>(),
    };

    private static string Write(ExecutionResult result) => JsonSerializer.Serialize(result, SandboxJsonContext.Relaxed.ExecutionResult);
}
