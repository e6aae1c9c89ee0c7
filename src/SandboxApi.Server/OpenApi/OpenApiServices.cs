using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using SandboxApi.Json;

namespace SandboxApi.Server.OpenApi;

/// <summary>How the OpenAPI document is made from the endpoints.</summary>
internal static class OpenApiServices
{
    internal const string DocumentName = "v1";

    internal static IServiceCollection AddOpenApiDocument(this IServiceCollection services)
    {
        services.Configure<JsonOptions>(options =>
        {
            options.SerializerOptions.PropertyNamingPolicy = SandboxJsonContext.Relaxed.Options.PropertyNamingPolicy;
            options.SerializerOptions.DefaultIgnoreCondition = SandboxJsonContext.Relaxed.Options.DefaultIgnoreCondition;
            options.SerializerOptions.NumberHandling = SandboxJsonContext.Relaxed.Options.NumberHandling;
            options.SerializerOptions.TypeInfoResolverChain.Insert(0, SandboxJsonContext.Relaxed);
        });
        return services.AddOpenApi(DocumentName, options =>
        {
            options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
            options.AddSchemaTransformer(WireSchemas.TransformAsync);
            options.AddOperationTransformer(Operations.TransformAsync);
            options.AddDocumentTransformer(Operations.TransformDocumentAsync);
        });
    }
}
