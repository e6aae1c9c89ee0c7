using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using SandboxApi.Server.Errors;

namespace SandboxApi.Server.Environments;

/// <summary>Answers a download, whole or in part, so that one that broke off can go on where it was.</summary>
internal static class DownloadAnswer
{
    private const int BufferSize = 1 << 16;

    /// <param name="context">The request, GET or HEAD.</param>
    /// <param name="sandbox">Where the environment is.</param>
    /// <param name="id">The environment.</param>
    /// <param name="path">The file in it; null for all of it.</param>
    /// <param name="contentType">What the bytes are.</param>
    /// <param name="name">What to call them.</param>
    internal static async Task WriteAsync(HttpContext context, ISandbox sandbox, Guid id, string? path, string contentType, string name)
    {
        var cancel = context.RequestAborted;
        var isHead = HttpMethods.IsHead(context.Request.Method);
        var size = isHead ? await sandbox.CheckAsync(id, path, cancel) : -1;

        // 0 stands for "there is none" as well as for an empty file: only opening it tells.
        await using var content = size > 0 ? null : await sandbox.DownloadAsync(id, path, cancel);
        if (!isHead)
            size = content!.CanSeek ? content.Length - content.Position : await sandbox.CheckAsync(id, path, cancel);
        var tag = Tag(id, path, size);
        var response = context.Response;
        response.Headers.ETag = tag.ToString();
        response.Headers.AcceptRanges = "bytes";
        if (IsAnother(context.Request, tag))
            throw new RequestException(StatusCodes.Status412PreconditionFailed, "If-Match names another content than this; leave it out, or send the ETag of the present one.");
        if (IsKnown(context.Request, tag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        var range = ByteRange.Of(context.Request, tag, size);
        if (!range.IsSatisfiable)
            throw new RequestException(StatusCodes.Status416RangeNotSatisfiable, $"The range begins behind the end: there are {size} bytes.") { Headers = [new("Content-Range", range.Text)] };
        response.ContentType = contentType;
        response.ContentLength = range.Length;
        response.Headers.ContentDisposition = Attachment.Header(name);
        if (range.IsPart)
        {
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange = range.Text;
        }

        if (isHead || range.Length == 0)
            return;
        await SkipAsync(content!, range.Start, cancel);
        if (range.Start + range.Length == range.Total)
            await content!.CopyToAsync(response.Body, BufferSize, cancel);
        else
            await CopyAsync(content!, response.Body, range.Length, cancel);
    }

    /// <summary>An environment never changes; its length is in the tag for whoever puts another file in its place.</summary>
    private static EntityTagHeaderValue Tag(Guid id, string? path, long size)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{id:N}/{size}/{path}");
        return new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 12))}\"");
    }

    /// <summary>Whether the client wants this only if it is what it was: <c>If-Match</c> (RFC 9110, 13.1.1). What cannot be read matches nothing.</summary>
    private static bool IsAnother(HttpRequest request, EntityTagHeaderValue tag) =>
        request.Headers.IfMatch is { Count: > 0 } wanted && !(EntityTagHeaderValue.TryParseList([.. wanted.OfType<string>()], out var tags)
            && tags.Any(other => other.Equals(EntityTagHeaderValue.Any) || other.Compare(tag, useStrongComparison: true)));

    private static bool IsKnown(HttpRequest request, EntityTagHeaderValue tag) =>
        request.Headers.IfNoneMatch is { Count: > 0 } known && EntityTagHeaderValue.TryParseList([.. known.OfType<string>()], out var tags)
        && tags.Any(other => other.Equals(EntityTagHeaderValue.Any) || other.Compare(tag, useStrongComparison: false));

    /// <summary>A file in an archive cannot be sought: it is unpacked up to there.</summary>
    private static async Task SkipAsync(Stream content, long count, CancellationToken cancellationToken)
    {
        if (count == 0)
            return;
        if (content.CanSeek)
            content.Seek(count, SeekOrigin.Current);
        else
            await CopyAsync(content, Stream.Null, count, cancellationToken);
    }

    private static async Task CopyAsync(Stream from, Stream to, long count, CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferSize];
        while (count > 0)
        {
            var read = await from.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, count)), cancellationToken);
            if (read == 0)
                throw new EndOfStreamException("A download ended before its length.");
            await to.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            count -= read;
        }
    }
}
