using System.IO.Pipes;
using Microsoft.Extensions.Logging;
using SandboxApi.Server.Interop;
using SandboxApi.Server.Logging;

namespace SandboxApi.Server.Tests.Logging;

public sealed class LineLoggerProviderTests
{
    [Fact(Timeout = 60_000)]
    public async Task A_line_that_cannot_be_made_is_told_and_ends_nothing()
    {
        using var pipe = new AnonymousPipeServerStream(PipeDirection.In);
        var sink = new LogSink(StandardStream.Of((int)pipe.ClientSafePipeHandle.DangerousGetHandle()), count => $"dropped {count}");
        using var provider = new LineLoggerProvider(sink, TextLine.Format, TimeProvider.System);
        var logger = provider.CreateLogger("SandboxApi.Test");

        logger.Log(LogLevel.Error, new EventId(1, "broken"), "state", new Unprintable(), (state, _) => state);
        logger.Log(LogLevel.Information, new EventId(2, "next"), "state", null, (state, _) => state);
        await sink.CompleteAsync(TimeSpan.FromSeconds(30));
        pipe.DisposeLocalCopyOfClientHandle();
        sink.Dispose();

        using var reader = new StreamReader(pipe, leaveOpen: true);
        var lines = (await reader.ReadToEndAsync(TestContext.Current.CancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Length.ShouldBe(2);
        lines[0].ShouldContain("event=log_line_failed");
        lines[0].ShouldContain("failed=broken");
        lines[1].ShouldContain("event=next");
    }

    private sealed class Unprintable : Exception
    {
        public override string Message => throw new InvalidOperationException();

        public override string ToString() => throw new InvalidOperationException();
    }
}
