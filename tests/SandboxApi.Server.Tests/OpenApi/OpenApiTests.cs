using System.Runtime.CompilerServices;
using System.Text.Json;

namespace SandboxApi.Server.Tests.OpenApi;

public sealed class OpenApiTests
{
    [Fact(Timeout = 60_000)]
    public async Task The_document_that_is_served_is_the_one_that_the_endpoints_make()
    {
        var made = await GeneratedDocument.MakeAsync();
        var file = Path.GetFullPath(Path.Combine(Here(), "../../../src/SandboxApi.Server/openapi.json"));
        if (Environment.GetEnvironmentVariable("UPDATE_OPENAPI") == "1")
            await File.WriteAllTextAsync(file, made, TestContext.Current.CancellationToken);
        (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).ShouldBe(
            made, "src/SandboxApi.Server/openapi.json is not what the endpoints say. If the change is meant, run: UPDATE_OPENAPI=1 dotnet test --project tests/SandboxApi.Server.Tests");
        await using var server = await RunningServer.StartAsync();
        (await server.Http.GetStringAsync("/openapi.json", TestContext.Current.CancellationToken)).ShouldBe(made);
    }

    [Fact(Timeout = 60_000)]
    public async Task Every_endpoint_and_its_errors_are_described()
    {
        await using var server = await RunningServer.StartAsync();
        var root = JsonDocument.Parse(await server.Http.GetStringAsync("/openapi.json/")).RootElement;
        root.GetProperty("openapi").GetString()!.ShouldStartWith("3.1");
        var paths = root.GetProperty("paths");
        paths.EnumerateObject().Select(path => path.Name).Order().ShouldBe(
            ["/environments", "/environments/{id}", "/execute", "/files/{id}/{path}", "/health/live", "/health/ready", "/libraries", "/openapi.json", "/specifications", "/usages"]);
        var execute = paths.GetProperty("/execute").GetProperty("post");
        execute.GetProperty("responses").EnumerateObject().Select(answer => answer.Name).Order().ShouldBe(["200", "400", "401", "403", "404", "408", "413", "415", "500", "501", "503", "507"]);
        foreach (var answer in execute.GetProperty("responses").EnumerateObject())
            (answer.Value.TryGetProperty("headers", out var headers) && headers.TryGetProperty("X-Run-Id", out _)).ShouldBe(answer.Name is not ("401" or "403"), answer.Name);
        execute.GetProperty("requestBody").GetProperty("content").EnumerateObject().Select(type => type.Name).Order().ShouldBe(["application/json", "application/x-www-form-urlencoded", "multipart/form-data"]);
        foreach (var path in paths.EnumerateObject())
            foreach (var parameter in path.Name.Split('/').Where(segment => segment.StartsWith('{')))
                path.Value.GetProperty("get").GetProperty("parameters").EnumerateArray().Select(p => $"{{{p.GetProperty("name").GetString()}}}").ShouldContain(parameter);
    }

    [Fact(Timeout = 60_000)]
    public async Task Every_field_of_an_answer_is_described_under_its_name()
    {
        await using var server = await RunningServer.StartAsync();
        var schemas = JsonDocument.Parse(await server.Http.GetStringAsync("/openapi.json")).RootElement.GetProperty("components").GetProperty("schemas");
        foreach (var type in new[] { typeof(ExecutionResult), typeof(CommandResult), typeof(Timings), typeof(Specifications), typeof(Usage), typeof(Libraries), typeof(Problem), typeof(Violation) })
        {
            var described = schemas.GetProperty(type.Name).GetProperty("properties");
            foreach (var property in SandboxApi.Json.SandboxJsonContext.Relaxed.Options.GetTypeInfo(type).Properties.Where(property => property.Get is not null))
                described.TryGetProperty(property.Name, out _).ShouldBeTrue($"{type.Name}.{property.Name}");
        }

        schemas.GetProperty("CommandResult").GetProperty("properties").GetProperty("time").GetProperty("type").GetString().ShouldBe("number");
        schemas.GetProperty("ExecutionConfig").GetProperty("properties").EnumerateObject().Select(property => property.Name).ShouldBe(
            ["commands", "environ", "environment", "result_path", "save", "stdin", "limits", "output"], ignoreOrder: true);
    }

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
