using McpFunctions.Domain.Files;
using McpFunctions.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace McpFunctions.Functions.Files;

/// <summary>Sends a file or the requested range of it. A failure before the first byte becomes a problem.</summary>
/// <param name="file">The file.</param>
/// <param name="content">The content; the stream can seek.</param>
internal sealed class FileContentResult(FileRecord file, Stream content) : IResult
{
    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        HttpResponse response = httpContext.Response;
        response.Headers.CacheControl = "private, no-cache";
        if (!IsRangeToHonour(httpContext.Request))
        {
            httpContext.Request.Headers.Remove(HeaderNames.Range);
        }

        try
        {
            await TypedResults.Stream(
                content, file.ContentType, file.Filename, lastModified: null, new EntityTagHeaderValue(file.ETag), enableRangeProcessing: true).ExecuteAsync(httpContext);
        }
        catch (FileNotFoundException) when (!response.HasStarted)
        {
            throw new ProblemException(Problem.NotFound());
        }

        switch (response.StatusCode)
        {
            case StatusCodes.Status416RangeNotSatisfiable:
                throw new ProblemException(Problem.RangeNotSatisfiable(file.Size));
            case StatusCodes.Status412PreconditionFailed:
                throw new ProblemException(Problem.PreconditionFailed());
        }
    }

    // ASP.NET Core takes any unit as bytes and any time in If-Range as current, and then parts of two versions would mix.
    private bool IsRangeToHonour(HttpRequest request) =>
        request.Header(HeaderNames.Range)?.TrimStart().StartsWith("bytes=", StringComparison.OrdinalIgnoreCase) == true
        && (request.Header(HeaderNames.IfRange) is not { } ifRange || ifRange.Trim() == file.ETag);
}
