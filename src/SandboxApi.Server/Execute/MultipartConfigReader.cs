using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using SandboxApi.Server.Configuration;
using SandboxApi.Server.Errors;

namespace SandboxApi.Server.Execute;

/// <summary>Reads a multipart body as it comes: the config into memory, the archive onto disk, in any order.</summary>
internal sealed class MultipartConfigReader(SandboxServerOptions options, Spool spool)
{
    private const int MaxFields = UrlEncodedForm.MaxFields;

    /// <summary>The error numbers of a full disk (errno(3)).</summary>
    private const int NoSpace = 28;

    private const int QuotaExceeded = 122;

    internal async Task<ExecuteRequest> ReadAsync(Stream body, StringSegment boundary, BodyCharset charset, CancellationToken cancellationToken)
    {
        var text = HeaderUtilities.RemoveQuotes(boundary).ToString();

        // RFC 2046, 5.1.1.
        if (text.Length is 0 or > 70)
            throw RequestException.Malformed("The Content-Type multipart/form-data must name a boundary of 1 to 70 characters.");
        var fields = new Fields();
        try
        {
            var reader = new MultipartReader(text, body, 1 << 16);
            for (var count = 0; await reader.ReadNextSectionAsync(cancellationToken) is { } section; count++)
            {
                if (count == MaxFields)
                    throw RequestException.Malformed($"The form has more than {MaxFields} fields.");
                await ReadFieldAsync(section, fields, charset, cancellationToken);
            }

            var request = new ExecuteRequest(fields.Config ?? throw ExecuteRequestReader.Missing(), fields.Archive);
            fields.Archive = null;
            return request;
        }
        catch (Exception exception) when (exception is InvalidDataException or (IOException and not BadHttpRequestException))
        {
            // All that reading itself throws: what goes wrong with the spool comes as an error of its own.
            throw RequestException.Malformed("The multipart body could not be read: it is cut off, or its parts or their headers are malformed.", exception);
        }
        finally
        {
            if (fields.Archive is not null)
                await fields.Archive.DisposeAsync();
        }
    }

    private async Task ReadFieldAsync(MultipartSection section, Fields fields, BodyCharset charset, CancellationToken cancellationToken)
    {
        // Such a part is no field to any reader of forms: Django, Go, PHP and Node pass over it too.
        if (section.ContentDisposition is null)
        {
            await section.Body.CopyToAsync(Stream.Null, cancellationToken);
            return;
        }

        if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition) || !disposition.DispositionType.Equals("form-data", StringComparison.OrdinalIgnoreCase))
            throw RequestException.Malformed("A part of the multipart body has no header 'Content-Disposition: form-data; name=...'.");
        var name = HeaderUtilities.RemoveQuotes(disposition.Name).ToString();

        // The reader has put this for bytes that are no UTF-8. What a file is called does not matter, but a field that nobody knows would be passed over.
        if (name.Contains('\ufffd'))
            throw RequestException.Malformed($"The name '{name}' of a field of the multipart body holds a byte that is not UTF-8.");
        var body = TransferEncoding.Decode(section);
        switch (name)
        {
            case "config":
                if (fields.Config is not null)
                    throw ExecuteRequestReader.GivenTwice("config");
                var partCharset = MediaTypeHeaderValue.TryParse(section.ContentType, out var type) && type.Charset.HasValue ? BodyCharset.Of(type.Charset) : charset;
                var json = await ExecuteRequestReader.ReadConfigAsync(body, options.MaxConfigSize, cancellationToken);
                fields.Config = await ExecuteRequestReader.ParseAsync(json, partCharset, cancellationToken);
                break;
            case "environment":
                if (fields.HasEnvironment)
                    throw ExecuteRequestReader.GivenTwice("environment");
                fields.HasEnvironment = true;
                fields.Archive = Spooling(spool.Create);
                await SpoolAsync(body, fields.Archive, cancellationToken);

                // A browser sends a file field that was left empty as an empty file without a name.
                if (fields.Archive.Length == 0 && HeaderUtilities.RemoveQuotes(disposition.FileName).Length == 0)
                {
                    await fields.Archive.DisposeAsync();
                    fields.Archive = null;
                }

                break;
            default:
                await body.CopyToAsync(Stream.Null, cancellationToken);
                break;
        }
    }

    private async Task SpoolAsync(Stream body, FileStream archive, CancellationToken cancellationToken)
    {
        var buffer = new byte[1 << 16];
        while (true)
        {
            // The reader gives a few kilobytes at a time; a write to disk for each would cost more than the copy.
            var count = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
            if (count == 0)
                break;
            if (archive.Position + count > options.MaxArchiveSize)
                throw RequestException.TooLarge($"The environment archive is larger than {SizeText.Format(options.MaxArchiveSize)}, the most this server takes (max-archive-size).");
            await Spooling(() => archive.WriteAsync(buffer.AsMemory(0, count), cancellationToken).AsTask());
        }

        archive.Position = 0;
    }

    private static T Spooling<T>(Func<T> write)
    {
        try
        {
            return write();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw SpoolFailed(exception);
        }
    }

    private static async Task Spooling(Func<Task> write)
    {
        try
        {
            await write();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw SpoolFailed(exception);
        }
    }

    /// <summary>The cause, a full disk most likely, holds paths of the host: it goes to the log only.</summary>
    private static SandboxException SpoolFailed(Exception exception) => exception.HResult is NoSpace or QuotaExceeded
        ? new RequestException(StatusCodes.Status507InsufficientStorage, "The disk where the server keeps environment archives is full; try again later, or tell its operator.", SandboxErrorCode.Internal, exception)
        : new SandboxException(SandboxErrorCode.Internal, "The server could not keep the environment archive on its disk; tell its operator.", exception);

    private sealed class Fields
    {
        internal ExecutionConfig? Config { get; set; }

        internal bool HasEnvironment { get; set; }

        internal FileStream? Archive { get; set; }
    }
}
