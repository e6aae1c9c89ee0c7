using System.Text;
using Microsoft.AspNetCore.Http;
using SandboxApi.FuzzTests.Fuzzing;
using SandboxApi.Server.Execute;

namespace SandboxApi.FuzzTests.Requests;

/// <summary>Bodies of requests: refused with a documented error, or read into a valid config and an archive within the limits.</summary>
public sealed class RequestFuzzTests : IDisposable
{
    private const long MostAllocated = 32 << 20;

    private readonly SandboxServerOptions options = new() { MaxConfigSize = 4096, MaxArchiveSize = 8192 };
    private readonly string directory = Directory.CreateTempSubdirectory("fuzz-spool-").FullName;

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact(Timeout = 3_600_000)]
    public async Task Any_body_is_a_request_within_the_limits_or_a_documented_error()
    {
        using var spool = Spool.Open(directory);
        var reader = new ExecuteRequestReader(options, spool);
        await new Fuzzer("request", RequestMutator.Mutate, async input =>
        {
            var line = Array.IndexOf(input, (byte)'\n');
            var context = new DefaultHttpContext();
            context.Request.Method = "POST";
            context.Request.ContentType = Encoding.Latin1.GetString(input, 0, Math.Max(0, line));
            context.Request.Body = new MemoryStream(input[(line + 1)..]);
            var before = GC.GetTotalAllocatedBytes();
            try
            {
                await using var request = await reader.ReadAsync(context, context.RequestAborted);
                request.Config.Validate().ShouldBeEmpty();
                (request.Environment?.Length ?? 0).ShouldBeLessThanOrEqualTo(options.MaxArchiveSize);
                return $"read {request.Config.Commands.Count > 1} {request.Environment?.Length > 0} {request.Config.Save}";
            }
            catch (SandboxException exception) when (exception.Code is SandboxErrorCode.InvalidConfig or SandboxErrorCode.InvalidRequest or SandboxErrorCode.NotFound or SandboxErrorCode.TooLarge)
            {
                return exception.Code + (exception.Violations.Count == 1 ? exception.Violations[0].Message.Split(':')[0] : exception.Message[..Math.Min(exception.Message.Length, 25)]);
            }
            finally
            {
                (GC.GetTotalAllocatedBytes() - before).ShouldBeLessThan(MostAllocated);
                Directory.GetFileSystemEntries(directory).ShouldBeEmpty("a file is left in the spool");
            }
        }).RunAsync();
    }
}
