using System.Text;

namespace SandboxApi.Protocol.Tests.Json;

public sealed class ConfigReaderTests
{
    [Theory]
    [InlineData("", "config")]
    [InlineData("{", "config")]
    [InlineData("{\"commands\": [\"x\"]} trailing", "config")]
    [InlineData("{\"commands\": [{\"command\": \"x\", \"timeout\": NaN}]}", "config")]
    [InlineData("{\"commands\": [{\"command\": \"x\", \"timeout\": Infinity}]}", "config")]
    [InlineData("[]", "config")]
    [InlineData("\"text\"", "config")]
    [InlineData("null", "config")]
    [InlineData("7", "config")]
    [InlineData("{}", "commands")]
    [InlineData("{\"commands\": []}", "commands")]
    [InlineData("{\"commands\": \"echo\"}", "commands")]
    [InlineData("{\"commands\": {\"0\": \"echo\"}}", "commands")]
    [InlineData("{\"commands\": null}", "commands")]
    [InlineData("{\"commands\": [\"ok\", 5]}", "commands[1]")]
    [InlineData("{\"commands\": [null]}", "commands[0]")]
    [InlineData("{\"commands\": [[\"x\"]]}", "commands[0]")]
    [InlineData("{\"commands\": [{}]}", "commands[0]")]
    [InlineData("{\"commands\": [{\"command\": null}]}", "commands[0]")]
    [InlineData("{\"commands\": [{\"command\": 5}]}", "commands[0]")]
    [InlineData("{\"commands\": [{\"command\": \"x\", \"timeout\": \"1\"}]}", "commands[0].timeout")]
    [InlineData("{\"commands\": [{\"command\": \"x\", \"timeout\": true}]}", "commands[0].timeout")]
    [InlineData("{\"commands\": [{\"command\": \"x\", \"timeout\": -1}]}", "commands[0].timeout")]
    [InlineData("{\"commands\": [{\"command\": \"x\", \"timeout\": -1e-300}]}", "commands[0].timeout")]
    [InlineData("{\"commands\": [{\"command\": \"x\", \"timeout\": 1e999}]}", "commands[0].timeout")]
    [InlineData("{\"commands\": [{\"command\": \"x\", \"stdin\": 5}]}", "commands[0].stdin")]
    [InlineData("{\"commands\": [{\"command\": \"x\", \"limits\": []}]}", "commands[0].limits")]
    [InlineData("{\"commands\": [{\"command\": \"x\", \"limits\": {\"memory\": 0}}]}", "commands[0].limits.memory")]
    [InlineData("{\"commands\": [\"a\\u0000b\"]}", "commands[0]")]
    [InlineData("{\"commands\": [\"x\"], \"environ\": []}", "environ")]
    [InlineData("{\"commands\": [\"x\"], \"environ\": \"A=1\"}", "environ")]
    [InlineData("{\"commands\": [\"x\"], \"environ\": {\"\": \"1\"}}", "environ")]
    [InlineData("{\"commands\": [\"x\"], \"environ\": {\"A=B\": \"1\"}}", "environ[\"A=B\"]")]
    [InlineData("{\"commands\": [\"x\"], \"environ\": {\"A\\u0000\": \"1\"}}", "environ[\"A\\0\"]")]
    [InlineData("{\"commands\": [\"x\"], \"environ\": {\"A\": \"\\u0000\"}}", "environ[\"A\"]")]
    [InlineData("{\"commands\": [\"x\"], \"result_path\": 5}", "result_path")]
    [InlineData("{\"commands\": [\"x\"], \"result_path\": \"\"}", "result_path")]
    [InlineData("{\"commands\": [\"x\"], \"save\": 1}", "save")]
    [InlineData("{\"commands\": [\"x\"], \"save\": \"true\"}", "save")]
    [InlineData("{\"commands\": [\"x\"], \"stdin\": 1}", "stdin")]
    [InlineData("{\"commands\": [\"x\"], \"limits\": 1}", "limits")]
    [InlineData("{\"commands\": [\"x\"], \"limits\": {\"ram\": 1}}", "limits.ram")]
    [InlineData("{\"commands\": [\"x\"], \"limits\": {\"wall_time\": 0}}", "limits.wall_time")]
    [InlineData("{\"commands\": [\"x\"], \"limits\": {\"cpu_time\": \"1\"}}", "limits.cpu_time")]
    [InlineData("{\"commands\": [\"x\"], \"limits\": {\"processes\": 1.5}}", "limits.processes")]
    [InlineData("{\"commands\": [\"x\"], \"limits\": {\"output\": -1}}", "limits.output")]
    [InlineData("{\"commands\": [\"x\"], \"limits\": {\"file_size\": -1}}", "limits.file_size")]
    [InlineData("{\"commands\": [\"x\"], \"output\": \"raw\"}", "output")]
    [InlineData("{\"commands\": [\"x\"], \"output\": true}", "output")]
    [InlineData("{\"commands\": [\"x\"], \"output\": {\"exact\": 1}}", "output.exact")]
    [InlineData("{\"commands\": [\"x\"], \"output\": {\"keep\": \"middle\"}}", "output.keep")]
    [InlineData("{\"commands\": [\"x\"], \"output\": {\"keep\": 1}}", "output.keep")]
    [InlineData("{\"commands\": [\"x\"], \"output\": {\"exactly\": true}}", "output.exactly")]
    [InlineData("{\"commands\": [\"\\ud800\"]}", "config")]
    public void What_is_wrong_is_told_with_the_name_of_its_field(string json, string field)
    {
        var exception = Should.Throw<SandboxException>(() => Parse(json));
        exception.Code.ShouldBe(SandboxErrorCode.InvalidConfig);
        exception.Violations.Single().Field.ShouldBe(field);
        exception.Message.ShouldContain(field);
    }

    [Theory]
    [InlineData("{\"commands\": [", "1,", "1]}")]
    [InlineData("{\"commands\": [", "{},", "1]}")]
    [InlineData("{\"commands\": [", "\"a\\u0000b\",", "1]}")]
    [InlineData("{\"commands\": [\"x\"], \"limits\": {", "\"@\": 1,", "\"y\": 1}}")]
    [InlineData("{\"commands\": [\"x\"], \"output\": {", "\"@\": 1,", "\"y\": 1}}")]
    [InlineData("{\"commands\": [\"x\"], \"environ\": {", "\"@=\": 1,", "\"y=\": 1}}")]
    public void Not_more_is_told_than_anybody_mends_at_one_go(string begin, string again, string end)
    {
        var json = begin + string.Concat(Enumerable.Range(0, 10_000).Select(i => again.Replace("@", $"{i}{new string('n', 1000)}", StringComparison.Ordinal))) + end;

        var refused = Should.Throw<SandboxException>(() => ExecutionConfig.Parse(Encoding.UTF8.GetBytes(json)));

        refused.Violations.Count.ShouldBeInRange(100, 105);
        refused.Message.Length.ShouldBeLessThan(30_000);
    }

    [Theory]
    [InlineData("{\"commands\": [", "1,")]
    [InlineData("{\"commands\": [\"x\"], \"limits\": {", "\"a\":1,")]
    [InlineData("{\"commands\": [\"x\"], \"anything\": [", "[],")]
    [InlineData("", "[")]
    public void A_config_of_very_many_values_is_refused_before_memory_is_taken_for_them(string begin, string again)
    {
        var json = Encoding.UTF8.GetBytes(begin + string.Concat(Enumerable.Repeat(again, 4_000_000)));
        var before = GC.GetAllocatedBytesForCurrentThread();

        Should.Throw<SandboxException>(() => ExecutionConfig.Parse(json)).Violations.ShouldHaveSingleItem().Field.ShouldBe("config");

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1 << 20);
    }

    [Fact]
    public void Large_texts_are_no_large_number_of_values()
    {
        var script = new string('x', Command.MaxBytes);
        var stdin = new string('y', 8 << 20);

        var config = ExecutionConfig.Parse(new ExecutionConfig { Commands = [.. Enumerable.Repeat(new Command(script), 20)], Stdin = stdin }.ToJson());

        config.Commands.Count.ShouldBe(20);
        config.Stdin.ShouldBe(stdin);
    }

    [Fact]
    public void An_id_that_is_none_is_not_told_back_at_length() =>
        Should.Throw<SandboxException>(() => ExecutionConfig.Parse(Encoding.UTF8.GetBytes($"{{\"commands\": [\"x\"], \"environment\": \"{new string('z', 1 << 20)}\"}}"))).Message.Length.ShouldBeLessThan(300);

    [Fact]
    public void Everything_wrong_is_told_at_once()
    {
        var exception = Should.Throw<SandboxException>(() => Parse("""
            {"commands": ["ok", 5, {"command": "x", "timeout": -1}], "environ": {"=": "1"}, "save": "no", "result_path": 1, "environment": "no uuid"}
            """));
        exception.Violations.Select(violation => violation.Field).ShouldBe(
            ["commands[1]", "commands[2].timeout", "environ[\"=\"]", "result_path", "save"], ignoreOrder: true);
    }

    [Fact]
    public void Two_things_wrong_with_one_field_are_both_told()
    {
        var command = new string('x', Command.MaxBytes) + "\\u0000y";
        var exception = Should.Throw<SandboxException>(() => Parse($$"""{"commands": ["{{command}}"]}"""));
        exception.Violations.Select(violation => violation.Field).ShouldBe(["commands[0]", "commands[0]"]);
    }

    [Theory]
    [InlineData("5")]
    [InlineData("\"\"")]
    [InlineData("\"../../etc\"")]
    [InlineData("\"{872b604c-9cce-42e2-8888-9a0311f3a724}\"")]
    [InlineData("\"872b604c-9cce-42e2-8888-9a0311f3a72\"")]
    public void An_environment_that_is_no_UUID_is_not_found_as_an_unknown_one_is(string environment) =>
        Should.Throw<SandboxException>(() => Parse($$"""{"commands": ["x"], "environment": {{environment}}}""")).Code.ShouldBe(SandboxErrorCode.NotFound);

    [Theory]
    [InlineData("872b604c-9cce-42e2-8888-9a0311f3a724")]
    [InlineData("872B604C-9CCE-42E2-8888-9A0311F3A724")]
    [InlineData("872b604c9cce42e288889a0311f3a724")]
    public void An_environment_is_a_UUID(string id) =>
        Parse($$"""{"commands": ["x"], "environment": "{{id}}"}""").Environment.ShouldBe(Guid.Parse("872b604c-9cce-42e2-8888-9a0311f3a724"));

    [Fact]
    public void Values_of_variables_become_text_as_the_original_writes_it()
    {
        var environ = Parse("""{"commands": ["x"], "environ": {"s": "é", "i": 5, "f": 1.50, "t": true, "n": false, "z": null, "l": [1, 2]}}""").Environ;
        environ["s"].ShouldBe("é");
        environ["i"].ShouldBe("5");
        environ["f"].ShouldBe("1.50");
        environ["t"].ShouldBe("True");
        environ["n"].ShouldBe("False");
        environ["z"].ShouldBe("None");
        environ["l"].ShouldBe("[1, 2]");
    }

    [Theory]
    [InlineData("1")]
    [InlineData("1.0")]
    [InlineData("0.2")]
    [InlineData("1e0")]
    [InlineData("0")]
    public void A_timeout_keeps_the_text_it_was_written_with(string text)
    {
        var command = Parse($$"""{"commands": [{"command": "x", "timeout": {{text}}}]}""").Commands.Single();
        command.TimeoutText.ShouldBe(text);
        command.Timeout.ShouldBe(TimeSpan.FromSeconds(double.Parse(text)));
    }

    [Fact]
    public void A_copy_with_another_timeout_forgets_the_text_of_the_old_one()
    {
        var command = Parse("""{"commands": [{"command": "x", "timeout": 1.0}]}""").Commands.Single() with { Timeout = TimeSpan.FromSeconds(5) };
        command.TimeoutText.ShouldBeNull();
        Encoding.UTF8.GetString(ExecutionConfig.Of(command).ToJson()).ShouldBe("""{"commands":[{"command":"x","timeout":5}]}""");
    }

    [Fact]
    public void A_timeout_too_short_for_a_tick_is_a_tick_and_one_too_long_is_the_longest()
    {
        var commands = Parse("""{"commands": [{"command": "x", "timeout": 1e-300}, {"command": "x", "timeout": 1e300}]}""").Commands;
        commands[0].Timeout.ShouldBe(TimeSpan.FromTicks(1));
        commands[1].Timeout.ShouldBe(TimeSpan.MaxValue);
    }

    [Fact]
    public void Of_a_key_given_twice_the_last_counts()
    {
        var config = Parse("""{"commands": ["a"], "save": true, "commands": ["b"], "save": false, "environ": {"A": "1", "A": "2"}}""");
        config.Commands.Single().Text.ShouldBe("b");
        config.Save.ShouldBeFalse();
        config.Environ["A"].ShouldBe("2");
    }

    [Fact]
    public void Unknown_fields_are_ignored()
    {
        var config = Parse("""{"commands": [{"command": "x", "nice": 5}], "future": {"a": [1]}}""");
        config.Commands.Single().Text.ShouldBe("x");
    }

    [Fact]
    public void What_is_left_out_has_its_default()
    {
        var config = Parse("""{"commands": ["-x"]}""");
        config.Environ.ShouldBeEmpty();
        config.Environment.ShouldBeNull();
        config.ResultPath.ShouldBeNull();
        config.Save.ShouldBeFalse();
        config.Stdin.ShouldBeNull();
        config.Limits.ShouldBeNull();
        config.Commands.Single().IgnoresFailure.ShouldBeTrue();
        config.Commands.Single().Script.ShouldBe("x");
    }

    private static ExecutionConfig Parse(string json) => ExecutionConfig.Parse(Encoding.UTF8.GetBytes(json));
}
