using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using SandboxApi.Server.Connections;

namespace SandboxApi.Server;

/// <summary>An answer that is made whole, so that it has a length and its value is free while a client takes it.</summary>
internal static class JsonAnswer
{
    internal static Task WriteAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type) => WriteAsync(context, Encode(value, type));

    internal static EncodedAnswer Encode<T>(T value, JsonTypeInfo<T> type)
    {
        var answer = new EncodedAnswer();
        using var writer = new Utf8JsonWriter(answer, new JsonWriterOptions { Encoder = type.Options.Encoder, SkipValidation = true });
        JsonSerializer.Serialize(writer, value, type);
        return answer;
    }

    internal static async Task WriteAsync(HttpContext context, EncodedAnswer answer)
    {
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = answer.Length;
        if (HttpMethods.IsHead(context.Request.Method))
            answer.Dispose();
        else
            await context.RequestServices.GetRequiredService<UnreadAnswers>().SendAsync(context, answer);
    }
}
