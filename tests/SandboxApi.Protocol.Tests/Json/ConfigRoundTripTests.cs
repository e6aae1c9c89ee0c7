using System.Text;
using CsCheck;

namespace SandboxApi.Protocol.Tests.Json;

public sealed class ConfigRoundTripTests
{
    private static readonly Gen<string> Text = Gen.String[Gen.Char[' ', '\u2fff'], 0, 20];
    private static readonly Gen<TimeSpan?> Time = Gen.Long[1, 1_000_000_000_000].Select(TimeSpan.FromTicks).Nullable();
    private static readonly Gen<long?> Number = Gen.Long[1, long.MaxValue].Nullable();

    private static readonly Gen<SandboxApi.Limits> AnyLimits = Gen.Select(Time, Time, Number, Number, Number, Number)
        .Select(all => new SandboxApi.Limits { WallTime = all.Item1, CpuTime = all.Item2, Memory = all.Item3, Processes = all.Item4, Output = all.Item5, FileSize = all.Item6 });

    private static readonly Gen<Command> AnyCommand = Gen.Select(Text, Time, Text.Null(), AnyLimits.Null())
        .Select(all => new Command(all.Item1) { Timeout = all.Item2, Stdin = all.Item3, Limits = all.Item4 });

    // The default form is left out, as its absence means the same.
    private static readonly Gen<OutputForm> AnyForm = Gen.Select(Gen.Bool, Gen.Enum<OutputPart>())
        .Select(all => new OutputForm { Exact = all.Item1, Keep = all.Item2 }).Where(form => form != new OutputForm());

    private static readonly Gen<ExecutionConfig> AnyConfig = Gen.Select(
        AnyCommand.List[1, 4],
        Gen.Dictionary(Gen.String[Gen.Char['A', 'z'], 1, 8], Text)[0, 4],
        Gen.Guid,
        Gen.String[Gen.Char['!', 'é'], 1, 20].Null(),
        Gen.Bool,
        Text.Null(),
        Gen.Select(AnyLimits.Null(), AnyForm.Null())).Select(all => new ExecutionConfig
        {
            Commands = all.Item1,
            Environ = all.Item2,
            Environment = all.Item5 ? all.Item3 : null,
            ResultPath = all.Item4,
            Save = all.Item5,
            Stdin = all.Item6,
            Limits = all.Item7.Item1,
            Output = all.Item7.Item2,
        });

    [Fact]
    public void A_config_that_is_written_reads_as_itself() => AnyConfig.Sample(config =>
    {
        config.Validate().ShouldBeEmpty();
        var json = config.ToJson();
        var read = ExecutionConfig.Parse(json);
        read.Commands.Select(command => command with { Timeout = command.Timeout }).ShouldBe(config.Commands);
        read.Environ.OrderBy(variable => variable.Key).ShouldBe(config.Environ.OrderBy(variable => variable.Key));
        (read with { Commands = config.Commands, Environ = config.Environ }).ShouldBe(config);
        read.ToJson().ShouldBe(json);
    }, iter: 2000);

    [Fact]
    public void Whatever_bytes_come_the_reader_gives_a_config_or_a_sandbox_error() => Gen.Byte.Array[0, 60].Sample(ShouldBeReadOrRefused, iter: 5000);

    [Fact]
    public void However_a_config_is_damaged_the_reader_gives_a_config_or_a_sandbox_error() =>
        Gen.Select(AnyConfig, Gen.Int[0, 10_000], Gen.Byte).Sample((config, place, value) =>
        {
            var json = config.ToJson();
            json[place % json.Length] = value;
            ShouldBeReadOrRefused(json);
        }, iter: 5000);

    [Fact]
    public void An_original_server_sees_only_what_it_knows() =>
        Encoding.UTF8.GetString(ExecutionConfig.Of("echo 'é' \"<&>\"", new Command("-x") { Timeout = TimeSpan.FromSeconds(0.2) }).ToJson())
            .ShouldBe("""{"commands":["echo 'é' \"<&>\"",{"command":"-x","timeout":0.2}]}""");

    [Fact]
    public void All_fields_have_the_names_of_the_protocol() => Encoding.UTF8.GetString(new ExecutionConfig
    {
        Commands = [new Command("x") { Timeout = TimeSpan.FromSeconds(1), Stdin = "in", Limits = new SandboxApi.Limits { WallTime = TimeSpan.FromSeconds(1.5), Memory = 5 } }],
        Environ = new Dictionary<string, string> { ["A"] = "1" },
        Environment = Guid.Parse("872b604c-9cce-42e2-8888-9a0311f3a724"),
        ResultPath = "out.txt",
        Save = true,
        Stdin = "all",
        Limits = new SandboxApi.Limits { CpuTime = TimeSpan.FromSeconds(2), Processes = 3, Output = 4, FileSize = 0 },
        Output = new OutputForm { Exact = true, Keep = OutputPart.Both },
    }.ToJson()).ShouldBe(
        """{"commands":[{"command":"x","timeout":1,"stdin":"in","limits":{"wall_time":1.5,"memory":5}}],"environ":{"A":"1"},"environment":"872b604c-9cce-42e2-8888-9a0311f3a724","result_path":"out.txt","save":true,"stdin":"all","limits":{"cpu_time":2,"processes":3,"output":4,"file_size":0},"output":{"exact":true,"keep":"both"}}""");

    private static void ShouldBeReadOrRefused(byte[] json)
    {
        try
        {
            ExecutionConfig.Parse(json);
        }
        catch (SandboxException exception)
        {
            exception.Message.ShouldNotBeEmpty();
        }
    }
}
