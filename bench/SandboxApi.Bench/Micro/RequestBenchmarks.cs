using System.Text;
using System.Text.Json;
using BenchmarkDotNet.Attributes;
using SandboxApi.Client.Transport;
using SandboxApi.Json;
using SandboxApi.Server.Execute;

namespace SandboxApi.Bench.Micro;

/// <summary>What a request and its answer cost apart from the run.</summary>
[MemoryDiagnoser]
public class RequestBenchmarks
{
    private const string Boundary = "sandbox-0123456789abcdef0123456789abcdef";

    private readonly ExecutionConfig _config = ExecutionConfig.Of("echo $((2+2))");
    private readonly ExecutionResult _result = new()
    {
        Status = 0,
        TotalTime = TimeSpan.FromMilliseconds(2),
        Execution = [new CommandResult { Command = "echo $((2+2))", ExitCode = 0, Stdout = "4\n", Stderr = "", Time = TimeSpan.FromMilliseconds(2), Verdict = Verdict.Ok }],
        Timings = new Timings(),
    };

    private readonly MemoryStream _answer = new();
    private byte[] _json = [];
    private byte[] _resultJson = [];
    private MemoryStream _multipart = new();
    private MultipartConfigReader _reader = null!;
    private Spool _spool = null!;

    [GlobalSetup]
    public void SetUp()
    {
        _json = _config.ToJson();
        _resultJson = JsonSerializer.SerializeToUtf8Bytes(_result, SandboxJsonContext.Relaxed.ExecutionResult);
        _multipart = new MemoryStream(Encoding.UTF8.GetBytes($"--{Boundary}\r\nContent-Disposition: form-data; name=\"config\"\r\n\r\n{Encoding.UTF8.GetString(_json)}\r\n--{Boundary}--\r\n"));
        _spool = Spool.Open(null);
        _reader = new MultipartConfigReader(new SandboxServerOptions(), _spool);
    }

    [GlobalCleanup]
    public void CleanUp() => _spool.Dispose();

    [Benchmark(Description = "config as JSON, written")]
    public byte[] WriteConfig() => _config.ToJson();

    [Benchmark(Description = "config as JSON, read and checked")]
    public ExecutionConfig ReadConfig() => ExecutionConfig.Parse(_json);

    [Benchmark(Description = "config as a URL-encoded form, written")]
    public byte[] WriteForm() => FormEncoding.Encode("config", _json);

    [Benchmark(Description = "config in a multipart form, read")]
    public async Task<object> ReadMultipart()
    {
        _multipart.Position = 0;
        return await _reader.ReadAsync(_multipart, Boundary, BodyCharset.Of(default), default);
    }

    [Benchmark(Description = "answer, written")]
    public void WriteAnswer()
    {
        _answer.SetLength(0);
        JsonSerializer.Serialize(_answer, _result, SandboxJsonContext.Relaxed.ExecutionResult);
    }

    [Benchmark(Description = "answer, read")]
    public ExecutionResult ReadAnswer() => JsonSerializer.Deserialize(_resultJson, SandboxJsonContext.Relaxed.ExecutionResult)!;
}
