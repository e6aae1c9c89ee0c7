using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace SandboxApi.Server.Authentication;

/// <summary>Lets web pages of exactly the origins that the operator names read answers (Cross-Origin Resource Sharing, <c>fetch.spec.whatwg.org</c>), errors among them.</summary>
internal sealed class CrossOriginMiddleware
{
    private const string Methods = "GET, HEAD, POST, DELETE, OPTIONS";
    private const string Sent = "Authorization, Content-Type, Range, If-Range, If-None-Match";
    private const string Exposed = "X-Run-Id, Content-Disposition, Retry-After, ETag, Accept-Ranges, Content-Range, Allow, WWW-Authenticate";

    private readonly RequestDelegate _next;
    private readonly bool _areAll;
    private readonly HashSet<string> _origins;

    public CrossOriginMiddleware(RequestDelegate next, SandboxServerOptions options)
    {
        _next = next;
        _areAll = options.AllowedOrigins.Contains("*");
        _origins = new(options.AllowedOrigins, StringComparer.OrdinalIgnoreCase);
    }

    public Task InvokeAsync(HttpContext context)
    {
        if (_origins.Count == 0)
            return _next(context);
        var (request, response) = (context.Request, context.Response);
        if (!_areAll)
            response.Headers.Vary = "Origin";
        if (request.Headers.Origin is not { Count: 1 } header || header[0] is not { } origin || !(_areAll || _origins.Contains(origin)))
            return _next(context);
        response.Headers.AccessControlAllowOrigin = _areAll ? "*" : origin;
        response.Headers.AccessControlExposeHeaders = Exposed;
        if (HttpMethods.IsOptions(request.Method) && request.Headers.AccessControlRequestMethod.Count > 0)
        {
            response.Headers.AccessControlAllowMethods = Methods;

            // Libraries add headers to what a page sends (tracing, mostly), which say nothing here: the page may send what it asks for.
            response.Headers.AccessControlAllowHeaders = IsListOfNames(request.Headers.AccessControlRequestHeaders) ? request.Headers.AccessControlRequestHeaders : Sent;
            response.Headers.AccessControlMaxAge = "600";

            // A page of the internet that calls a server in a private network or on this machine.
            if (request.Headers["Access-Control-Request-Private-Network"] == "true")
                response.Headers["Access-Control-Allow-Private-Network"] = "true";
        }

        return _next(context);
    }

    /// <summary>Whether it is nothing but names of headers, so that it can stand in an answer.</summary>
    private static bool IsListOfNames(StringValues headers) =>
        headers is [{ Length: > 0 and <= 4096 } names] && names.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~, ".Contains(c, StringComparison.Ordinal));
}
