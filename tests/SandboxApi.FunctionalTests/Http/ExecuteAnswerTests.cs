using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.FunctionalTests.Http;

/// <summary>The config and the answer as JSON, the way an unmodified original client writes and reads them.</summary>
public sealed class ExecuteAnswerTests(Sandboxes sandboxes) : HttpTests(sandboxes)
{
    [Fact(Timeout = Minute)]
    public async Task An_answer_has_every_field_of_the_original()
    {
        var answer = await RunConfigAsync("""{"commands": ["echo $((2+2))", {"command": "echo err >&2", "timeout": 2}]}""");

        answer.GetProperty("status").GetInt32().ShouldBe(0);
        var execution = answer.GetProperty("execution");
        execution.GetArrayLength().ShouldBe(2);
        var first = execution[0];
        first.GetProperty("command").GetString().ShouldBe("echo $((2+2))");
        first.GetProperty("exit_code").GetInt32().ShouldBe(0);
        first.GetProperty("stdout").GetString().ShouldBe("4");
        first.GetProperty("stderr").GetString().ShouldBe("");
        first.GetProperty("time").GetDouble().ShouldBeGreaterThan(0);
        execution[1].GetProperty("stderr").GetString().ShouldBe("err");
        answer.GetProperty("total_time").GetDouble().ShouldBeGreaterThanOrEqualTo(execution.EnumerateArray().Sum(command => command.GetProperty("time").GetDouble()));
    }

    [Fact(Timeout = Minute)]
    public async Task What_was_not_asked_for_is_absent()
    {
        var answer = await RunConfigAsync("""{"commands": ["true"]}""");

        foreach (var name in new[] { "result", "environment", "expire", "message" })
            answer.TryGetProperty(name, out _).ShouldBeFalse(name);
    }

    [Fact(Timeout = Minute)]
    public async Task A_result_that_could_not_be_read_is_absent()
    {
        var answer = await RunConfigAsync("""{"commands": ["true"], "result_path": "missing"}""");

        answer.GetProperty("status").GetInt32().ShouldBe(-3);
        answer.TryGetProperty("result", out _).ShouldBeFalse();
    }

    [Fact(Timeout = Minute)]
    public async Task A_saved_environment_has_a_uuid_and_an_iso_time_with_microseconds()
    {
        var answer = await RunConfigAsync("""{"commands": ["echo x > file"], "save": true, "result_path": "file"}""");

        answer.GetProperty("environment").GetString().ShouldNotBeNull().ShouldMatch("^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$");
        answer.GetProperty("expire").GetString().ShouldNotBeNull().ShouldMatch(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$");
        answer.GetProperty("result").GetString().ShouldBe("x\n");
    }

    [Fact(Timeout = Minute)]
    public async Task Beyond_the_original_a_command_tells_its_verdict_and_figures()
    {
        var command = (await RunConfigAsync("""{"commands": ["printf 'ab\\377'; kill -TERM $$"]}""")).GetProperty("execution")[0];

        command.GetProperty("exit_code").GetInt32().ShouldBe(143);
        command.GetProperty("signal").GetInt32().ShouldBe(15);
        command.GetProperty("verdict").GetString().ShouldBe("signalled");
        command.GetProperty("cpu_time").GetDouble().ShouldBeGreaterThanOrEqualTo(0);
        command.GetProperty("memory_peak").GetInt64().ShouldBeGreaterThan(0);
        command.GetProperty("stdout_bytes").GetInt64().ShouldBe(3);
        command.GetProperty("stderr_bytes").GetInt64().ShouldBe(0);
        command.GetProperty("stdout_truncated").GetBoolean().ShouldBeFalse();
        command.GetProperty("stderr_truncated").GetBoolean().ShouldBeFalse();
        command.GetProperty("stdout_utf8").GetBoolean().ShouldBeFalse();
        command.GetProperty("stderr_utf8").GetBoolean().ShouldBeTrue();
    }

    [Fact(Timeout = Minute)]
    public async Task Beyond_the_original_a_run_tells_where_its_time_went()
    {
        var timings = (await RunConfigAsync("""{"commands": ["true"]}""")).GetProperty("timings");

        foreach (var name in new[] { "queue", "setup", "run", "collect" })
            timings.GetProperty(name).GetDouble().ShouldBeGreaterThanOrEqualTo(0);
    }

    [Fact(Timeout = Minute)]
    public async Task Unknown_fields_are_ignored()
    {
        var answer = await RunConfigAsync("""{"commands": ["echo fine"], "unknown": {"a": [1, 2]}, "Commands": 5, "": null}""");

        answer.GetProperty("execution")[0].GetProperty("stdout").GetString().ShouldBe("fine");
    }

    [Fact(Timeout = Minute)]
    public async Task Variables_that_are_no_strings_become_strings()
    {
        var answer = await RunConfigAsync("""{"commands": ["echo $A $B $C $D $E"], "environ": {"A": 1, "B": 1.5, "C": true, "D": false, "E": null}}""");

        answer.GetProperty("execution")[0].GetProperty("stdout").GetString().ShouldBe("1 1.5 True False None");
    }

    [Fact(Timeout = Minute)]
    public async Task Limits_and_standard_input_travel()
    {
        var answer = await RunConfigAsync("""{"commands": [{"command": "cat", "limits": {"output": 3}}, {"command": "cat", "stdin": "mine"}], "stdin": "12345", "limits": {"wall_time": 5, "memory": 100000000}}""");

        var execution = answer.GetProperty("execution");
        execution[0].GetProperty("stdout").GetString().ShouldBe("123");
        execution[0].GetProperty("stdout_truncated").GetBoolean().ShouldBeTrue();
        execution[0].GetProperty("verdict").GetString().ShouldBe("output");
        execution[1].GetProperty("stdout").GetString().ShouldBe("mine");
    }

    [Fact(Timeout = Minute)]
    public async Task A_timeout_is_answered_as_the_original_does()
    {
        var answer = await RunConfigAsync("""{"commands": [{"command": "sleep 30", "timeout": 0.2}]}""");

        answer.GetProperty("status").GetInt32().ShouldBe(-2);
        var command = answer.GetProperty("execution")[0];
        command.GetProperty("exit_code").GetInt32().ShouldBe(-2);
        command.GetProperty("stdout").GetString().ShouldBe("");
        command.GetProperty("stderr").GetString().ShouldBe("Command timed out after 0.2 seconds\n");
        command.GetProperty("verdict").GetString().ShouldBe("timeout");
    }

    [Fact(Timeout = Minute)]
    public async Task Output_of_any_bytes_is_valid_json()
    {
        using var response = await PostConfigAsync("""{"commands": ["for i in $(seq 0 255); do printf \"\\x$(printf %02x $i)\"; done; printf '\\355\\240\\200 \\360\\237'"]}""");

        var command = (await AnswerAsync(response)).GetProperty("execution")[0];
        command.GetProperty("stdout_utf8").GetBoolean().ShouldBeFalse();
        command.GetProperty("stdout").GetString().ShouldNotBeNull().ShouldStartWith("\0\u0001\u0002");
    }

    [Fact(Timeout = Minute)]
    public async Task A_busy_server_says_when_to_try_again()
    {
        await using var one = await Subject.StartAsync(options => options.QueueTimeout = TimeSpan.Zero);
        using var end = new CancellationTokenSource();
        var occupant = one.Sandbox.ExecuteAsync(ExecutionConfig.Of("sleep 100"), null, end.Token);
        await EventuallyAsync(async () => (await one.Sandbox.UsageAsync(Cancel)).Container == 1, "the sandbox is busy");

        using var response = await PostAsync(new Uri(one.Url, "/execute/"), "application/json", Bytes("{\"commands\": [\"true\"]}"));

        await ProblemAsync(response, 503, "busy");
        response.Headers.RetryAfter.ShouldNotBeNull();
        await end.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => occupant);
    }
}
