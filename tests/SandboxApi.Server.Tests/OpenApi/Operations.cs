using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using SandboxApi.Server.Authentication;
using SandboxApi.Server.Execute;

namespace SandboxApi.Server.Tests.OpenApi;

/// <summary>What the endpoints' metadata cannot say: parameters, bodies, keys, headers.</summary>
internal static partial class Operations
{
    private const string KeyScheme = "apiKey";

    internal static Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var description = context.Description;
        operation.Tags?.Clear();
        if (operation.Responses is { } answers)
        {
            operation.Responses = [];
            foreach (var (status, answer) in answers.OrderBy(answer => answer.Key, StringComparer.Ordinal))
                operation.Responses.Add(status, answer);
        }

        if (description.RelativePath?.Contains("{id}", StringComparison.Ordinal) == true)
            AddParameter(operation, "id", new OpenApiSchema { Type = JsonSchemaType.String, Format = "uuid" }, "The environment's id, from the answer of a run that saved it.");
        if (description.RelativePath?.Contains("path}", StringComparison.Ordinal) == true)
            AddParameter(operation, "path", new OpenApiSchema { Type = JsonSchemaType.String }, "The file's path in the environment, of any number of segments.");
        if (operation.OperationId == "Execute")
            operation.RequestBody = Body(context.Document!);
        if (operation.OperationId is "DownloadEnvironment" or "DownloadFile")
            DescribeDownload(operation);
        if (operation.OperationId == "Execute")
            foreach (var answer in operation.Responses?.Where(answer => answer.Key is not ("401" or "403")).Select(answer => answer.Value).OfType<OpenApiResponse>() ?? [])
                answer.Headers = new Dictionary<string, IOpenApiHeader> { ["X-Run-Id"] = new OpenApiHeader { Description = "The run's id, by which the server's log tells of it.", Schema = new OpenApiSchema { Type = JsonSchemaType.String } } };
        if (operation.Responses?.TryGetValue("503", out var busy) == true && busy is OpenApiResponse response && operation.OperationId == "Execute")
            response.Headers!["Retry-After"] = new OpenApiHeader { Description = "Seconds.", Schema = new OpenApiSchema { Type = JsonSchemaType.Integer } };
        if (!description.ActionDescriptor.EndpointMetadata.OfType<OpenToAll>().Any())
            operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(KeyScheme, context.Document)] = [] }];
        return Task.CompletedTask;
    }

    internal static Task TransformDocumentAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = "SandboxApi",
            Version = "1",
            Description = "Runs untrusted commands in isolated Linux sandboxes and says exactly what happened. Every path is served with and without a closing slash, every GET also answers HEAD, every error is application/problem+json.",
            License = new OpenApiLicense { Name = "MIT", Identifier = "MIT" },
        };
        document.Servers = [];
        document.Tags = new HashSet<OpenApiTag>();
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [KeyScheme] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "One of the server's API keys; only when its operator has set any." },
        };
        document.Components.Schemas ??= new Dictionary<string, IOpenApiSchema>();
        document.Components.Schemas["Command"] = WireSchemas.Command(document);
        document.Components.Schemas["ExecutionConfig"] = WireSchemas.Config(document);
        document.Components.Schemas["Limits"] = WireSchemas.Limits();

        // The type of a download's body, which is described as binary.
        document.Components.Schemas.Remove(nameof(Stream));
        foreach (var schema in document.Components.Schemas.Values.OfType<OpenApiSchema>().SelectMany(schema => schema.Properties?.Values ?? []).OfType<OpenApiSchema>())
            if (schema.Description is { } text)
                schema.Description = CodeReference().Replace(text, match => JsonNamingPolicy.SnakeCaseLower.ConvertName(match.Groups[1].Value));
        foreach (var path in document.Paths.Values)
            path.Operations?.Remove(HttpMethod.Head);
        return Task.CompletedTask;
    }

    /// <summary>How the framework writes a <c>see cref</c> to a property: <c>string CommandResult.Stdout</c>.</summary>
    [GeneratedRegex(@"\b[a-z]+\?? [A-Z]\w+\.([A-Z]\w+)")]
    private static partial Regex CodeReference();

    private static void AddParameter(OpenApiOperation operation, string name, OpenApiSchema schema, string description)
    {
        operation.Parameters ??= [];
        operation.Parameters.Add(new OpenApiParameter { Name = name, In = ParameterLocation.Path, Required = true, Schema = schema, Description = description });
    }

    private static OpenApiRequestBody Body(OpenApiDocument document)
    {
        var text = WireSchemas.Text("The config: a JSON object as text, see ExecutionConfig.");
        var archive = new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary", Description = "A gzip-compressed tar laid into the working directory." };
        return new OpenApiRequestBody
        {
            Required = true,
            Content = new Dictionary<string, OpenApiMediaType>
            {
                [ExecuteRequestReader.Multipart] = new() { Schema = WireSchemas.Object(null, ["config"], ("config", text), ("environment", archive)) },
                [ExecuteRequestReader.UrlEncoded] = new() { Schema = WireSchemas.Object(null, ["config"], ("config", text)) },
                [ExecuteRequestReader.Json] = new() { Schema = new OpenApiSchemaReference("ExecutionConfig", document) },
            },
        };
    }

    private static void DescribeDownload(OpenApiOperation operation)
    {
        foreach (var status in new[] { "200", "206" })
        {
            if (operation.Responses?[status] is not OpenApiResponse { Content: { } content } response)
                continue;
            foreach (var media in content.Values)
                media.Schema = new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary" };
            var text = new OpenApiSchema { Type = JsonSchemaType.String };
            response.Headers = new Dictionary<string, IOpenApiHeader>
            {
                ["Content-Length"] = new OpenApiHeader { Schema = new OpenApiSchema { Type = JsonSchemaType.Integer } },
                ["Content-Disposition"] = new OpenApiHeader { Schema = text },
                ["ETag"] = new OpenApiHeader { Schema = text },
                ["Accept-Ranges"] = new OpenApiHeader { Schema = text },
            };
            if (status == "206")
                response.Headers["Content-Range"] = new OpenApiHeader { Schema = text };
        }
    }
}
