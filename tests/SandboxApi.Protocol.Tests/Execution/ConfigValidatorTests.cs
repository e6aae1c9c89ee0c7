namespace SandboxApi.Protocol.Tests.Execution;

public sealed class ConfigValidatorTests
{
    [Fact]
    public void A_plain_config_is_valid()
    {
        ExecutionConfig.Of("echo 1", "-false", "").Validate().ShouldBeEmpty();
        ExecutionConfig.Of("echo 1").EnsureValid();
    }

    [Fact]
    public void No_command_is_no_config()
    {
        ExecutionConfig.Of().Validate().Single().Field.ShouldBe("commands");
        Should.Throw<SandboxException>(() => ExecutionConfig.Of().EnsureValid()).Code.ShouldBe(SandboxErrorCode.InvalidConfig);
    }

    [Fact]
    public void Nulls_that_the_types_forbid_are_told_and_not_thrown()
    {
        new ExecutionConfig { Commands = null! }.Validate().Single().Field.ShouldBe("commands");
        new ExecutionConfig { Commands = [null!] }.Validate().Single().Field.ShouldBe("commands[0]");
        new ExecutionConfig { Commands = [new Command(null!)] }.Validate().Single().Field.ShouldBe("commands[0]");
        (ExecutionConfig.Of("x") with { Environ = null! }).Validate().Single().Field.ShouldBe("environ");
        Environ("A", null!).Validate().Single().Field.ShouldBe("environ[\"A\"]");
    }

    [Theory]
    [InlineData("a\0b", "NUL")]
    [InlineData("\ud800", "surrogate")]
    [InlineData("a\udc00b", "surrogate")]
    public void A_command_is_text_that_a_program_can_be_given(string text, string reason)
    {
        var violation = ExecutionConfig.Of("ok", text).Validate().Single();
        violation.Field.ShouldBe("commands[1]");
        violation.Message.ShouldContain(reason);
    }

    [Fact]
    public void A_command_may_be_as_long_as_the_kernel_allows_in_bytes_and_no_longer()
    {
        ExecutionConfig.Of(new string('x', Command.MaxBytes)).Validate().ShouldBeEmpty();
        ExecutionConfig.Of(new string('x', Command.MaxBytes + 1)).Validate().Single().Message.ShouldContain("131072 bytes");
        ExecutionConfig.Of(new string('é', Command.MaxBytes / 2 + 1)).Validate().Single().Field.ShouldBe("commands[0]");
    }

    [Theory]
    [InlineData("", "environ")]
    [InlineData("A=B", "environ[\"A=B\"]")]
    [InlineData("A\0B", "environ[\"A\\0B\"]")]
    public void A_variables_name_is_not_empty_and_holds_neither_equals_sign_nor_NUL(string name, string field) =>
        Environ(name, "x").Validate().Single().Field.ShouldBe(field);

    [Fact]
    public void A_variables_value_holds_no_NUL_and_fits()
    {
        Environ("A", "\0").Validate().Single().Field.ShouldBe("environ[\"A\"]");
        Environ("A", new string('x', Command.MaxBytes - 2)).Validate().ShouldBeEmpty();
        Environ("A", new string('x', Command.MaxBytes - 1)).Validate().Single().Field.ShouldBe("environ[\"A\"]");
    }

    [Fact]
    public void All_variables_together_fit()
    {
        var many = Enumerable.Range(0, 20).ToDictionary(i => $"V{i}", _ => new string('x', 100_000));
        (ExecutionConfig.Of("x") with { Environ = many }).Validate().Single().Message.ShouldContain("together");
    }

    [Fact]
    public void Emoji_are_whole_characters() => ExecutionConfig.Of("echo 😀").Validate().ShouldBeEmpty();

    [Fact]
    public void A_timeout_may_be_zero_and_not_negative()
    {
        ExecutionConfig.Of(new Command("x") { Timeout = TimeSpan.Zero }).Validate().ShouldBeEmpty();
        ExecutionConfig.Of(new Command("x") { Timeout = TimeSpan.FromTicks(-1) }).Validate().Single().Field.ShouldBe("commands[0].timeout");
    }

    [Fact]
    public void Every_limit_out_of_range_is_told_by_name()
    {
        var limits = new SandboxApi.Limits { WallTime = TimeSpan.Zero, CpuTime = TimeSpan.FromSeconds(-1), Memory = 0, Processes = 0, Output = -1, FileSize = -1 };
        (ExecutionConfig.Of(new Command("x") { Limits = limits }) with { Limits = limits }).Validate().Select(violation => violation.Field).ShouldBe(
            new[] { "commands[0].limits", "limits" }.SelectMany(at => new[] { "wall_time", "cpu_time", "memory", "processes", "output", "file_size" }.Select(name => $"{at}.{name}")));
        (ExecutionConfig.Of("x") with { Limits = new() { Output = 0, FileSize = 0, Memory = 1 } }).Validate().ShouldBeEmpty();
    }

    [Fact]
    public void A_result_path_is_not_empty_and_holds_no_NUL()
    {
        (ExecutionConfig.Of("x") with { ResultPath = "" }).Validate().Single().Field.ShouldBe("result_path");
        (ExecutionConfig.Of("x") with { ResultPath = "a\0" }).Validate().Single().Field.ShouldBe("result_path");
        (ExecutionConfig.Of("x") with { ResultPath = "../../etc/passwd" }).Validate().ShouldBeEmpty();
    }

    private static ExecutionConfig Environ(string name, string value) => ExecutionConfig.Of("x") with { Environ = new Dictionary<string, string> { [name] = value } };
}
