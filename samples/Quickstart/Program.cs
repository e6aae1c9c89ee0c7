using SandboxApi;

// With a URL: on that server. Without: in an isolated sandbox of this very process.
ISandbox sandbox = args is [var url] ? new SandboxClient(url) : await LocalSandbox.StartAsync(new LocalSandboxOptions { PoolSize = 1 });
await using var closing = (IAsyncDisposable)sandbox;

var result = await sandbox.ExecuteAsync(ExecutionConfig.Of("echo $((2+2))", "-cat /etc/shadow"));

foreach (var command in result.Execution)
    Console.WriteLine($"$ {command.Command}\n{command.Stdout}{command.Stderr}  ({command.Verdict}, {command.Time.TotalMilliseconds:0.0} ms)");
return result.EnsureSuccess().Status;
