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
        var reading = Task.Run(async () =>
        {
            var threads = new List<bool>();
            while (await body.ReadAsync(new byte[4]) > 0)
                threads.Add(Thread.CurrentThread.IsThreadPoolThread);
            return threads;
        });

        // As the thread that hears all connections does.
        var bringing = new Thread(() =>
        {
            for (var i = 0; i < 20; i++)
            {
                pipe.Writer.WriteAsync(new byte[4]).AsTask().Wait();
                Thread.Sleep(10);
            }

            pipe.Writer.Complete();
        });
        bringing.Start();

        (await reading).ShouldBe(Enumerable.Repeat(true, 20));
    }

    [Fact]
    public void A_short_body_is_read_as_it_is()
    {
        var pipe = new Pipe();
        Body(pipe, length: 100).ShouldNotBeOfType<LongBody>();
        Body(pipe, length: null).ShouldBeOfType<LongBody>("nobody knows how long it is");
    }

    private static Stream Body(Pipe pipe, long? length) =>
        LongBody.Of(new DefaultHttpContext { Request = { Body = pipe.Reader.AsStream(), ContentLength = length } }.Request);
}
