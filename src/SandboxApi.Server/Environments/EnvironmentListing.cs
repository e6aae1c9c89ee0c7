using System.Globalization;
using Microsoft.AspNetCore.Http;
using SandboxApi.Json;
using SandboxApi.Server.Authentication;
using SandboxApi.Server.Errors;

namespace SandboxApi.Server.Environments;

/// <summary>The list of stored environments, for whoever may see it: who knows an id may read the environment.</summary>
internal sealed class EnvironmentListing(ISandbox sandbox, SandboxServerOptions options)
{
    private readonly string? _refusal = options switch
    {
        { ListEnvironments: ListingAccess.None } => "This server does not list its environments. Its operator has set list-environments to none.",
        { ListEnvironments: ListingAccess.Keys } when !ApiKeys.All(options).Any() =>
            "This server has no API key, so it lists its environments to nobody: who knows an id may read the environment. Its operator sets api-key, or list-environments to all.",
        _ => null,
    };

    internal async Task AnswerAsync(HttpContext context)
    {
        if (_refusal is not null)
            throw new RequestException(StatusCodes.Status403Forbidden, _refusal, SandboxErrorCode.Forbidden);
        var page = await sandbox.ListEnvironmentsAsync(After(context.Request.Query), Limit(context.Request.Query), context.RequestAborted);
        await JsonAnswer.WriteAsync(context, page, SandboxJsonContext.Relaxed.EnvironmentPage);
    }

    private static Guid? After(IQueryCollection query)
    {
        if (query["after"] is not { Count: > 0 } text)
            return null;
        return Guid.TryParseExact(text, "D", out var id) ? id : throw Invalid("after must be the id of an environment, as next of the page before has it");
    }

    private static int Limit(IQueryCollection query)
    {
        if (query["limit"] is not { Count: > 0 } text)
            return EnvironmentPage.DefaultLimit;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= EnvironmentPage.MaxLimit
            ? limit
            : throw Invalid($"limit must be a whole number from 1 to {EnvironmentPage.MaxLimit}");
    }

    private static RequestException Invalid(string what) => new(StatusCodes.Status400BadRequest, $"The query is not understood: {what}.", SandboxErrorCode.InvalidRequest);
}
