using System.Text;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using SandboxApi.Json;
using SandboxApi.Server.Configuration;
using SandboxApi.Server.Execute;
using SandboxApi.Server.Health;

namespace SandboxApi.Server.Tests.OpenApi;

/// <summary>The OpenAPI document as it is made from the endpoints and what they say of themselves.</summary>
internal static class GeneratedDocument
{
    private const string Name = "v1";

    internal static async Task<string> MakeAsync()
    {
        using var runs = new RunGate();
        var options = new SandboxServerOptions();
        options.Urls.Clear();
        options.Urls.Add("http://127.0.0.1:0");
        var builder = SandboxServer.CreateBuilder(new FakeSandbox(), options, ServerOptionsValidator.Validate(options), Spool.Open(null), new Readiness(runs, () => true), runs, null, TimeProvider.System);
        AddGenerator(builder.Services);
        await using var app = SandboxServer.Build(builder);

        // The endpoints are known once the server runs.
        await app.StartAsync(TestContext.Current.CancellationToken);
        var document = await app.Services.GetRequiredKeyedService<IOpenApiDocumentProvider>(Name).GetOpenApiDocumentAsync(TestContext.Current.CancellationToken);
        using var buffer = new MemoryStream();
        await document.SerializeAsJsonAsync(buffer, OpenApiSpecVersion.OpenApi3_1, TestContext.Current.CancellationToken);
        return Encoding.UTF8.GetString(buffer.ToArray()).ReplaceLineEndings("\n").TrimEnd() + "\n";
    }

    private static void AddGenerator(IServiceCollection services)
    {
        services.Configure<JsonOptions>(options =>
        {
            options.SerializerOptions.PropertyNamingPolicy = SandboxJsonContext.Relaxed.Options.PropertyNamingPolicy;
            options.SerializerOptions.DefaultIgnoreCondition = SandboxJsonContext.Relaxed.Options.DefaultIgnoreCondition;
            options.SerializerOptions.NumberHandling = SandboxJsonContext.Relaxed.Options.NumberHandling;
            options.SerializerOptions.TypeInfoResolverChain.Insert(0, SandboxJsonContext.Relaxed);
        });
        services.AddOpenApi(Name, options =>
        {
            options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
            options.AddSchemaTransformer(WireSchemas.TransformAsync);
            options.AddOperationTransformer(Operations.TransformAsync);
            options.AddDocumentTransformer(Operations.TransformDocumentAsync);
        });
    }
}
