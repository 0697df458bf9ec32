using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using McpFunctions.Domain.Files;
using McpFunctions.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace McpFunctions.Functions.Files;

/// <summary>Reads the files of an upload: the parts named <c>file</c> of multipart/form-data (RFC 7578), or the raw body.</summary>
internal static partial class IncomingFiles
{
    private const string Multipart = "multipart/form-data";
    private const string PartName = "file";

    // RFC 2046, section 5.1.1.
    private const int MaxBoundaryLength = 70;

    /// <summary>The files of a request, read one after the other.</summary>
    /// <exception cref="ProblemException">The body has another type or is broken.</exception>
    public static IAsyncEnumerable<IncomingFile> Of(HttpRequest request, CancellationToken cancellationToken)
    {
        string? filename = request.QueryText("filename");
        if (FormType(request) is { } type)
        {
            return PartsAsync(request, type, cancellationToken);
        }

        return request.Query.ContainsKey("filename")
            ? new[] { Raw(request, filename) }.ToAsyncEnumerable()
            : throw new ProblemException(Problem.UnsupportedMediaType(
                $"Send {Multipart} with a part named '{PartName}', or the raw bytes with '?filename=' in the query."));
    }

    /// <summary>The single content of a request: the only part named <c>file</c> of a form, or the raw body.</summary>
    /// <exception cref="ProblemException">The body is missing or broken, or has another number of such parts. Too many parts show at the end of the first.</exception>
    public static async Task<IncomingFile> SingleAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (FormType(request) is not { } type)
        {
            return Raw(request, null);
        }

        IAsyncEnumerator<IncomingFile> parts = PartsAsync(request, type, cancellationToken).GetAsyncEnumerator(cancellationToken);
        ProblemException NotOne() => new(Problem.Invalid(PartName, $"Send exactly one part named '{PartName}', or the raw bytes."));
        return await parts.MoveNextAsync()
            ? parts.Current with { Content = new PartStream(parts.Current.Content, async () => _ = await parts.MoveNextAsync() ? throw NotOne() : false) }
            : throw NotOne();
    }

    private static IncomingFile Raw(HttpRequest request, string? filename) =>
        new(filename, RawContentType(request), request.BodyStream(FilesOptions.HostLimit)) { Length = request.ContentLength };

    private static MediaTypeHeaderValue? FormType(HttpRequest request) =>
        request.GetTypedHeaders().ContentType is { } type && type.MediaType.Equals(Multipart, StringComparison.OrdinalIgnoreCase) ? type : null;

    // Tells whether a part is a file, and its name. The header may name the character set of each text.
    private static (bool IsFile, string? Filename) NamesOf(ContentDispositionHeaderValue disposition)
    {
        try
        {
            return HeaderUtilities.RemoveQuotes(disposition.Name).Equals(PartName, StringComparison.Ordinal) ? (true, FilenameOf(disposition)) : (false, null);
        }
        catch (NotSupportedException)
        {
            // .NET finds UTF-7 by name but refuses to decode it.
            throw new ProblemException(Problem.Invalid("filename", "Send the names of parts and files in UTF-8."));
        }
    }

    // 'filename*' wins over 'filename' (RFC 6266, section 4.3), unless it is malformed.
    private static string? FilenameOf(ContentDispositionHeaderValue disposition) =>
        NameValueHeaderValue.Find(disposition.Parameters, "filename*") is { } extended && ExtendedValue.TryDecode(extended.Value.AsSpan(), out string? name) ? name
        : disposition.FileName.HasValue ? Unescape(HeaderUtilities.RemoveQuotes(disposition.FileName).Value!)
        : null;

    // A 'filename*' that no header may hold must not hide the rest.
    private static ContentDispositionHeaderValue? DispositionOf(MultipartSection section) =>
        section.ContentDisposition is { } text
        && (ContentDispositionHeaderValue.TryParse(text, out ContentDispositionHeaderValue? disposition)
            || ContentDispositionHeaderValue.TryParse(ExtendedFilename().Replace(text, ""), out disposition))
            ? disposition
            : null;

    [GeneratedRegex(""";\s*filename\*\s*=[^;]*""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex ExtendedFilename();

    // Nothing here decodes: the file would be stored as what it is not.
    private static void RefuseEncoded(MultipartSection section)
    {
        if (IsOther(section, HeaderNames.ContentEncoding, "identity") || IsOther(section, "Content-Transfer-Encoding", "binary", "8bit", "7bit"))
        {
            throw new ProblemException(Problem.UnsupportedMediaType(
                "Send the bytes of each part as they are: without 'Content-Encoding', and with no 'Content-Transfer-Encoding' but binary, 8bit or 7bit."));
        }
    }

    private static bool IsOther(MultipartSection section, string header, params string[] values) =>
        section.Headers?.TryGetValue(header, out StringValues found) == true
        && found.ToString().Trim() is { Length: > 0 } value && !values.Contains(value, StringComparer.OrdinalIgnoreCase);

    // Quoted pairs (RFC 9110, section 5.6.4), but only for '"' and '\': some clients send a path with plain backslashes.
    private static string Unescape(string quoted) => QuotedPair().Replace(quoted, "$1");

    [GeneratedRegex("""\\(["\\])""")]
    private static partial Regex QuotedPair();

    private static string? RawContentType(HttpRequest request) =>
        request.Header(HeaderNames.ContentType) is { Length: > 0 } ? Checked(request.GetTypedHeaders().ContentType) : null;

    private static async IAsyncEnumerable<IncomingFile> PartsAsync(
        HttpRequest request, MediaTypeHeaderValue type, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? boundary = HeaderUtilities.RemoveQuotes(type.Boundary).Value;
        if (boundary is null or { Length: 0 or > MaxBoundaryLength })
        {
            throw new ProblemException(Problem.Invalid("Content-Type", $"Name a boundary of 1 to {MaxBoundaryLength} characters."));
        }

        var reader = new MultipartReader(boundary, request.BodyStream(FilesOptions.HostLimit));
        while (await NextAsync(reader, cancellationToken) is { } section)
        {
            if (DispositionOf(section) is { } disposition && NamesOf(disposition) is (true, var filename))
            {
                RefuseEncoded(section);
                var content = new PartStream(section.Body);

                // A browser sends such a part for a field in which no file is chosen (HTML, section 4.10.21.4).
                if (filename is "" && await content.IsEmptyAsync(cancellationToken))
                {
                    continue;
                }

                string? contentType = section.ContentType is { Length: > 0 } text
                    ? Checked(MediaTypeHeaderValue.TryParse(text, out MediaTypeHeaderValue? parsed) ? parsed : null)
                    : null;
                yield return new IncomingFile(filename, contentType, content);
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

    // The gateway later sends the stored text in a header.
    private static string Checked(MediaTypeHeaderValue? type) =>
        type?.ToString() is { } text && text.All(character => character is >= ' ' and <= '~')
            ? text
            : throw new ProblemException(Problem.Invalid("Content-Type", "Send a media type, for example text/plain."));
}
