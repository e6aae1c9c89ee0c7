using System.Runtime.Versioning;
using SandboxApi;
using SandboxApi.Soak;
using SandboxApi.Soak.Unfriendly;

[assembly: SupportedOSPlatform("linux")]

// Mixed honest and hostile work at full concurrency against a real server, every answer compared, the host watched: README.md.
if (args is ["--help" or "-h"])
{
    Console.WriteLine(SoakOptions.Help);
    return 0;
}

if (args is [HonestProcess.Word, var url])
    return await HonestProcess.ServeAsync(new Uri(url));

SoakOptions options;
try
{
    options = SoakOptions.Parse(args);
}
catch (FormatException exception)
{
    Console.Error.WriteLine($"{exception.Message}\n\n{SoakOptions.Help}");
    return 2;
}

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    // The first time the soak ends in order: its server must not be left behind.
    pressed.Cancel = !stop.IsCancellationRequested;
    stop.Cancel();
};
try
{
    return options.Unfriendly is { } time
        ? await UnfriendlyLoad.RunAsync(options, time, stop.Token)
        : await SoakTest.RunAsync(options, stop.Token);
}
catch (Exception exception) when (exception is InvalidOperationException or FormatException or SandboxException or OperationCanceledException)
{
    // No server, or no such kind: nothing was tested.
    Console.Error.WriteLine(exception.Message);
    return 2;
}
