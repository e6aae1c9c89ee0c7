using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace SandboxApi.Server.Environments;

/// <summary>The part of a download that a request asks for (RFC 9110, 14).</summary>
/// <param name="Start">Its first byte.</param>
/// <param name="Length">Its bytes; 0 with <see cref="IsSatisfiable"/> false.</param>
/// <param name="Total">The bytes of the whole.</param>
/// <param name="IsPart">Whether the answer is 206 with a part; else 200 with the whole.</param>
/// <param name="IsSatisfiable">False when the part begins behind the end: 416.</param>
internal sealed record ByteRange(long Start, long Length, long Total, bool IsPart, bool IsSatisfiable = true)
{
    /// <summary>The value of <c>Content-Range</c>.</summary>
    internal string Text => IsSatisfiable ? string.Create(CultureInfo.InvariantCulture, $"bytes {Start}-{Start + Length - 1}/{Total}") : string.Create(CultureInfo.InvariantCulture, $"bytes */{Total}");

    /// <summary>Reads a request's <c>Range</c> and <c>If-Range</c>. What is not understood, several ranges among it, means the whole, as the standard allows.</summary>
    internal static ByteRange Of(HttpRequest request, EntityTagHeaderValue tag, long total)
    {
        var whole = new ByteRange(0, total, total, IsPart: false);
        if (!HttpMethods.IsGet(request.Method) || request.Headers.Range is not { Count: 1 } header || !RangeHeaderValue.TryParse(header[0], out var range)
            || !range.Unit.Equals("bytes", StringComparison.OrdinalIgnoreCase) || range.Ranges.Count != 1)
            return whole;

        // A date never fits: no date is told. A download that changed in between must not be put together from two.
        if (request.Headers.IfRange is { Count: > 0 } condition && !(EntityTagHeaderValue.TryParse(condition.ToString(), out var wanted) && wanted.Compare(tag, useStrongComparison: true)))
            return whole;
        var (from, to) = (range.Ranges.First().From, range.Ranges.First().To);
        if (from is null)
        {
            var last = Math.Min(to ?? 0, total);
            return last == 0 ? Unsatisfiable(total) : new ByteRange(total - last, last, total, IsPart: true);
        }

        return from >= total ? Unsatisfiable(total) : new ByteRange(from.Value, Math.Min(to ?? long.MaxValue, total - 1) - from.Value + 1, total, IsPart: true);
    }

    private static ByteRange Unsatisfiable(long total) => new(0, 0, total, IsPart: true, IsSatisfiable: false);
}
