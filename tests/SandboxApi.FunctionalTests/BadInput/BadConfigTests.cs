using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.FunctionalTests.BadInput;

/// <summary>Configs that cannot be run: the same code and the same violations, embedded and over HTTP, and nothing runs.</summary>
public abstract class BadConfigTests(Subject subject) : SandboxTests(subject)
{
    public static TheoryData<string> Fields { get; } =
    [
        "commands", "commands[0]", "commands[1]", "commands[0].timeout", "environ", "environ[\"a=b\"]", "environ[\"FOO\"]", "result_path",
        "limits.wall_time", "limits.cpu_time", "limits.memory", "limits.processes", "limits.output", "limits.file_size",
        "commands[0].limits.memory", "commands[0].stdin", "stdin",
    ];

    [Theory(Timeout = Minute)]
    [MemberData(nameof(Fields))]
    public async Task A_config_that_breaks_a_rule_is_refused_and_the_field_is_named(string field)
    {
        var good = ExecutionConfig.Of("echo ran");
        var bad = field switch
        {
            "commands" => good with { Commands = [] },
            "commands[0]" => good with { Commands = ["echo \0"] },
            "commands[1]" => good with { Commands = ["true", "echo " + new string('x', Command.MaxBytes)] },
            "commands[0].timeout" => good with { Commands = [new Command("true") { Timeout = TimeSpan.FromSeconds(-1) }] },
            "environ" => good with { Environ = new Dictionary<string, string> { [""] = "x" } },
            "environ[\"a=b\"]" => good with { Environ = new Dictionary<string, string> { ["a=b"] = "x" } },
            "environ[\"FOO\"]" => good with { Environ = new Dictionary<string, string> { ["FOO"] = "x\0y" } },
            "result_path" => good with { ResultPath = "" },
            "limits.wall_time" => good with { Limits = new Limits { WallTime = TimeSpan.Zero } },
            "limits.cpu_time" => good with { Limits = new Limits { CpuTime = TimeSpan.FromSeconds(-1) } },
            "limits.memory" => good with { Limits = new Limits { Memory = 0 } },
            "limits.processes" => good with { Limits = new Limits { Processes = 0 } },
            "limits.output" => good with { Limits = new Limits { Output = -1 } },
            "limits.file_size" => good with { Limits = new Limits { FileSize = -1 } },
            "commands[0].limits.memory" => good with { Commands = [new Command("true") { Limits = new Limits { Memory = -5 } }] },
            "commands[0].stdin" => good with { Commands = [new Command("true") { Stdin = "\ud800" }] },
            _ => good with { Stdin = "\udfff" },
        };

        var refused = await RefusedAsync(() => RunAsync(bad), SandboxErrorCode.InvalidConfig);

        var violation = refused.Violations.ShouldHaveSingleItem();
        violation.Field.ShouldBe(field);
        violation.Message.ShouldNotBeNullOrWhiteSpace();
        refused.Message.ShouldContain(violation.Message);
    }

    [Fact(Timeout = Minute)]
    public async Task Everything_wrong_is_told_at_once()
    {
        var refused = await RefusedAsync(
            () => RunAsync(new ExecutionConfig { Commands = [], ResultPath = "", Limits = new Limits { Memory = -1 } }),
            SandboxErrorCode.InvalidConfig);

        refused.Violations.Select(violation => violation.Field).ShouldBe(["commands", "result_path", "limits.memory"], ignoreOrder: true);
    }

    [Fact(Timeout = Minute)]
    public async Task A_bad_config_with_an_archive_is_refused_for_the_config() =>
        await RefusedAsync(() => RunAsync(ExecutionConfig.Of(), Archive.Of(("file", "text"))), SandboxErrorCode.InvalidConfig);

    [Fact(Timeout = Minute)]
    public async Task A_refusal_costs_no_sandbox()
    {
        await using var one = await Subject.StartAsync(options => options.QueueTimeout = TimeSpan.FromSeconds(10));

        for (var i = 0; i < 30; i++)
        {
            await RefusedAsync(() => RunAsync(one.Sandbox, ExecutionConfig.Of()), SandboxErrorCode.InvalidConfig);
            await RefusedAsync(() => RunAsync(one.Sandbox, ExecutionConfig.Of("true") with { Environment = Guid.NewGuid() }), SandboxErrorCode.NotFound);
            await RefusedAsync(() => RunAsync(one.Sandbox, ExecutionConfig.Of("true"), [1, 2, 3]), SandboxErrorCode.InvalidArchive);
        }

        (await RunAsync(one.Sandbox, ExecutionConfig.Of("echo fine"))).Execution[0].Stdout.ShouldBe("fine");
        await EventuallyAsync(async () => (await one.Sandbox.UsageAsync(Cancel)).Container == 0, "no sandbox is in use");
    }
}

public sealed class LocalBadConfigTests(Sandboxes sandboxes) : BadConfigTests(sandboxes.Local);

public sealed class RemoteBadConfigTests(Sandboxes sandboxes) : BadConfigTests(sandboxes.Remote);

public sealed class RemoteSyncBadConfigTests(Sandboxes sandboxes) : BadConfigTests(sandboxes.RemoteSync);
