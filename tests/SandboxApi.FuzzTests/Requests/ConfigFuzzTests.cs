using CsCheck;
using SandboxApi.FuzzTests.Fuzzing;

namespace SandboxApi.FuzzTests.Requests;

/// <summary>Configs: refused with every violation, or read, written and read again without a difference.</summary>
public sealed class ConfigFuzzTests
{
    private static readonly Gen<string> s_text = Gen.OneOf(Gen.Char.Array[0, 20].Select(chars => new string(chars)), Gen.OneOf(Gen.Const("true"), Gen.Const("-make"), Gen.Const(""), Gen.Const("é😀"), Gen.Const("\"\\\u0001")));

    private static readonly Gen<TimeSpan?> s_time = Gen.OneOf(Gen.Const((TimeSpan?)null), Gen.Long[1, 1_000_000_000].Select(ticks => (TimeSpan?)TimeSpan.FromTicks(ticks)), Gen.Long[1, long.MaxValue].Select(ticks => (TimeSpan?)TimeSpan.FromTicks(ticks)));

    private static readonly Gen<long?> s_whole = Gen.OneOf(Gen.Const((long?)null), Gen.Long[1, long.MaxValue].Select(number => (long?)number));

    private static readonly Gen<Limits?> s_limits = Gen.OneOf(
        Gen.Const((Limits?)null),
        Gen.Select(s_time, s_time, s_whole, s_whole, s_whole, (wall, cpu, memory, processes, output) => (Limits?)new Limits { WallTime = wall, CpuTime = cpu, Memory = memory, Processes = processes, Output = output }));

    private static readonly Gen<Command> s_command = Gen.Select(s_text, s_time, Gen.Bool, s_text, s_limits, (text, time, hasStdin, stdin, limits) => new Command(text) { Timeout = time, Stdin = hasStdin ? stdin : null, Limits = limits });

    private static readonly Gen<ExecutionConfig> s_config = Gen.Select(
        s_command.Array[1, 4], Gen.Dictionary(s_text, s_text)[0, 4], Gen.Guid, Gen.Int[0, 7], s_text, s_limits,
        (commands, environ, id, flags, text, limits) => new ExecutionConfig
        {
            Commands = commands,
            Environ = environ,
            Environment = (flags & 1) != 0 ? id : null,
            ResultPath = (flags & 2) != 0 ? text : null,
            Stdin = (flags & 4) != 0 ? text : null,
            Save = (flags & 1) != 0,
            Limits = limits,
        });

    [Fact(Timeout = 3_600_000)]
    public async Task Any_text_is_a_config_that_survives_writing_or_a_list_of_violations() => await new Fuzzer("config", JsonMutator.Mutate, json =>
    {
        try
        {
            var config = ExecutionConfig.Parse(json);
            IsSame(config);
            return Task.FromResult($"read {config.Commands.Count} {config.Environ.Count} {config.Environment is null} {config.ResultPath is null} {config.Stdin is null} {config.Limits is null}");
        }
        catch (SandboxException exception) when (exception.Code == SandboxErrorCode.InvalidConfig)
        {
            exception.Violations.ShouldNotBeEmpty();
            return Task.FromResult(string.Join('|', exception.Violations.Take(3).Select(violation => violation.Message.Split(':', '\'', '\\')[0]).Select(message => message[..Math.Min(30, message.Length)])));
        }
        catch (SandboxException exception) when (exception.Code == SandboxErrorCode.NotFound)
        {
            return Task.FromResult("no such environment");
        }
    }).RunAsync();

    [Fact(Timeout = 600_000)]
    public void A_valid_config_is_the_same_after_writing_and_reading() =>
        s_config.Where(config => config.Validate().Count == 0).Sample(IsSame, iter: 3000, threads: 1);

    private static void IsSame(ExecutionConfig config)
    {
        var written = config.ToJson();
        var read = ExecutionConfig.Parse(written);
        Describe(read).ShouldBe(Describe(config));
        read.ToJson().ShouldBe(written);
    }

    private static string Describe(ExecutionConfig config) => string.Join('\n',
    [
        .. config.Commands.Select(command => $"{command.Text}|{command.Timeout?.Ticks}|{command.Stdin}|{command.Stdin is null}|{Describe(command.Limits)}"),
        .. config.Environ.OrderBy(variable => variable.Key, StringComparer.Ordinal).Select(variable => $"{variable.Key}={variable.Value}"),
        $"{config.Environment}|{config.ResultPath}|{config.ResultPath is null}|{config.Save}|{config.Stdin}|{config.Stdin is null}|{Describe(config.Limits)}",
    ]);

    private static string Describe(Limits? limits) =>
        limits is null ? "none" : $"{limits.WallTime?.Ticks} {limits.CpuTime?.Ticks} {limits.Memory} {limits.Processes} {limits.Output} {limits.FileSize}";
}
