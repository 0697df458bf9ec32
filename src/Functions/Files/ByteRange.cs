using McpFunctions.Functions.Http;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Net.Http.Headers;

namespace McpFunctions.Functions.Files;

/// <summary>The part of a file that a request asks for (RFC 9110, section 14).</summary>
/// <param name="Offset">The first byte.</param>
/// <param name="Length">How many bytes.</param>
/// <param name="IsPart">Whether it was asked for by a range.</param>
internal sealed record ByteRange(long Offset, long Length, bool IsPart)
{
    /// <summary>Reads the header <c>Range</c>. Several ranges, other units and what cannot be read give the whole file, as the RFC allows.</summary>
    /// <exception cref="ProblemException">The range lies outside the file.</exception>
    public static ByteRange Of(HttpRequestData request, long size, string etag)
    {
        if (!RangeHeaderValue.TryParse(request.Header(HeaderNames.Range), out RangeHeaderValue? header)
            || header.Unit != "bytes"
            || header.Ranges.Count != 1
            // A range of a version that the client does not have any more would not fit what it has.
            || (request.Header(HeaderNames.IfRange) is { } ifRange && ifRange.Trim() != etag))
        {
            return new ByteRange(0, size, IsPart: false);
        }

        // "-n" means the last n bytes, "n-" everything from n on.
        RangeItemHeaderValue range = header.Ranges.Single();
        long from = range.From ?? Math.Max(0, size - range.To!.Value);
        long to = range.From is null ? size - 1 : Math.Min(range.To ?? long.MaxValue, size - 1);
        return from <= to
            ? new ByteRange(from, to - from + 1, IsPart: true)
            : throw new ProblemException(Problem.RangeNotSatisfiable(size));
    }
}
