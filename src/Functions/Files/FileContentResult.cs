using McpFunctions.Domain.Files;
using McpFunctions.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace McpFunctions.Functions.Files;

/// <summary>Sends the bytes of a file, or the range of them that the request asks for. What fails before the first byte becomes a problem.</summary>
/// <param name="file">The file.</param>
/// <param name="content">Its bytes; the stream can seek.</param>
internal sealed class FileContentResult(FileRecord file, Stream content) : IResult
{
    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        HttpResponse response = httpContext.Response;
        response.Headers.CacheControl = "private, no-cache";
        if (httpContext.Request.Header(HeaderNames.IfRange) is { } ifRange && ifRange.Trim() != file.ETag)
        {
            // ASP.NET Core takes any time in If-Range for the current version; a range of another version does not fit what the client has.
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
}
