using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using SandboxApi.Server.Execute;

namespace SandboxApi.Server.Tests.Execute;

public sealed class LongBodyTests
{
    [Fact(Timeout = 60_000)]
    public async Task Whoever_brings_the_bytes_is_not_kept_busy_with_them()
    {
        var pipe = new Pipe(new PipeOptions(readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline, useSynchronizationContext: false));
        var body = Body(pipe, length: 1 << 20);
        for (var i = 0; i < 20; i++)
        {
            var begun = new TaskCompletionSource();
            var reading = Task.Run(() => IsOnPoolAsync(body, begun), TestContext.Current.CancellationToken);
            await begun.Task;

            // As the thread that hears all connections does.
            var bringing = new Thread(() => pipe.Writer.WriteAsync(new byte[4]).AsTask().Wait());
            bringing.Start();

            (await reading).ShouldBeTrue();
            bringing.Join();
        }
    }

    [Fact]
    public void A_short_body_is_read_as_it_is()
    {
        var pipe = new Pipe();
        Body(pipe, length: 100).ShouldNotBeOfType<LongBody>();
        Body(pipe, length: null).ShouldBeOfType<LongBody>("nobody knows how long it is");
    }

    /// <summary>Whether what follows a read that had to wait goes on on a thread of the pool.</summary>
    private static async Task<bool> IsOnPoolAsync(Stream body, TaskCompletionSource begun)
    {
        var reading = body.ReadAsync(new byte[4]);
        begun.SetResult();
        await reading;
        return Thread.CurrentThread.IsThreadPoolThread;
    }

    private static Stream Body(Pipe pipe, long? length) =>
        LongBody.Of(new DefaultHttpContext { Request = { Body = pipe.Reader.AsStream(), ContentLength = length } }.Request);
}
