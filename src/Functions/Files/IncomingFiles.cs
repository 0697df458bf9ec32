using System.Runtime.CompilerServices;
using McpFunctions.Domain.Files;
using McpFunctions.Functions.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Net.Http.Headers;

namespace McpFunctions.Functions.Files;

/// <summary>Reads the files of an upload: the parts named <c>file</c> of multipart/form-data (RFC 7578), or the raw body.</summary>
internal static class IncomingFiles
{
    private const string Multipart = "multipart/form-data";
    private const string PartName = "file";

    // RFC 2046, section 5.1.1.
    private const int MaxBoundaryLength = 70;

    /// <summary>The files of a request, read as they are asked for.</summary>
    /// <exception cref="ProblemException">The body is of another type, or broken.</exception>
    public static IAsyncEnumerable<IncomingFile> Of(HttpRequestData request, CancellationToken cancellationToken)
    {
        MediaTypeHeaderValue? type = request.ContentType();
        if (type?.MediaType.Equals(Multipart, StringComparison.OrdinalIgnoreCase) == true)
        {
            return PartsAsync(request, type, cancellationToken);
        }

        return request.Query["filename"] is not null
            ? OneAsync(new IncomingFile(request.QueryText("filename"), RawContentType(request), request.WholeBody()))
            : throw new ProblemException(Problem.UnsupportedMediaType(
                $"Send {Multipart} with a part named '{PartName}', or the raw bytes with '?filename=' in the query."));
    }

    /// <summary>The media type of a raw body as it is to be stored; null where none is given.</summary>
    /// <exception cref="ProblemException">It is given and cannot be read.</exception>
    public static string? RawContentType(HttpRequestData request) =>
        request.Header(HeaderNames.ContentType) is { Length: > 0 } ? Checked(request.ContentType()) : null;

    private static async IAsyncEnumerable<IncomingFile> OneAsync(IncomingFile file)
    {
        await Task.CompletedTask;
        yield return file;
    }

    private static async IAsyncEnumerable<IncomingFile> PartsAsync(
        HttpRequestData request, MediaTypeHeaderValue type, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? boundary = HeaderUtilities.RemoveQuotes(type.Boundary).Value;
        if (boundary is null or { Length: 0 or > MaxBoundaryLength })
        {
            throw new ProblemException(Problem.Invalid("Content-Type", $"Name a boundary of 1 to {MaxBoundaryLength} characters."));
        }

        var reader = new MultipartReader(boundary, request.WholeBody());
        while (await NextAsync(reader, cancellationToken) is { } section)
        {
            if (ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out ContentDispositionHeaderValue? disposition)
                && HeaderUtilities.RemoveQuotes(disposition.Name).Equals(PartName, StringComparison.Ordinal))
            {
                string? filename = HeaderUtilities.RemoveQuotes(disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName).Value;
                string? contentType = section.ContentType is { Length: > 0 } text
                    ? Checked(MediaTypeHeaderValue.TryParse(text, out MediaTypeHeaderValue? parsed) ? parsed : null)
                    : null;
                yield return new IncomingFile(filename, contentType, new PartStream(section.Body));
            }
        }
    }

    private static async Task<MultipartSection?> NextAsync(MultipartReader reader, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.ReadNextSectionAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException)
        {
            throw PartStream.Broken(exception);
        }
    }

    // What is stored is sent back in a header one day.
    private static string Checked(MediaTypeHeaderValue? type) =>
        type?.ToString() is { } text && text.All(character => character is >= ' ' and <= '~')
            ? text
            : throw new ProblemException(Problem.Invalid("Content-Type", "Send a media type, for example text/plain."));
}
