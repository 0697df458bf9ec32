using System.IO.Compression;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace McpFunctions.Functions.Http;

/// <summary>A file that never changes while the app runs.</summary>
internal sealed class StaticAsset
{
    private const string Gzip = "gzip";

    // Allow only the gateway's own scripts and styles. Swagger UI has its icons in data: URLs.
    private const string PagePolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private readonly byte[] body;
    private readonly Lazy<byte[]> compressed;
    private readonly string contentType;
    private readonly string hash;

    /// <summary>Makes a file of these bytes.</summary>
    /// <param name="name">Its name, whose extension decides its media type.</param>
    /// <param name="body">The bytes.</param>
    public StaticAsset(string name, byte[] body)
    {
        this.body = body;
        compressed = new(() => Compress(body));
        contentType = ContentTypeOf(name);
        hash = Convert.ToHexStringLower(SHA256.HashData(body))[..32];
    }

    /// <summary>The file as a response, compressed if the client takes that; 304 if the client has it.</summary>
    /// <param name="request">The request.</param>
    /// <param name="cacheControl">How long a client may cache it.</param>
    /// <exception cref="ProblemException">The request is for another version of the file.</exception>
    public FileContentHttpResult RespondTo(HttpRequest request, string cacheControl)
    {
        bool isCompressed = TakesGzip(request);
        string etag = isCompressed ? $"\"{hash}-{Gzip}\"" : $"\"{hash}\"";
        // ASP.NET Core would respond with a 412 without a problem.
        if (request.IfMatch()?.Contains(etag) == false)
        {
            throw new ProblemException(Problem.PreconditionFailed());
        }

        IHeaderDictionary headers = request.HttpContext.Response.Headers;
        headers.CacheControl = cacheControl;
        headers.ContentSecurityPolicy = PagePolicy;
        headers.Vary = HeaderNames.AcceptEncoding;
        if (isCompressed)
        {
            headers.ContentEncoding = Gzip;
        }

        return TypedResults.Bytes(isCompressed ? compressed.Value : body, contentType, entityTag: new EntityTagHeaderValue(etag));
    }

    private static bool TakesGzip(HttpRequest request) =>
        StringWithQualityHeaderValue.TryParseList(request.Headers.AcceptEncoding, out IList<StringWithQualityHeaderValue>? codings)
        && codings.Any(coding => coding.Value.Equals(Gzip, StringComparison.OrdinalIgnoreCase) && coding.Quality is null or > 0);

    private static byte[] Compress(byte[] body)
    {
        using var result = new MemoryStream();
        using (var gzip = new GZipStream(result, CompressionLevel.SmallestSize))
        {
            gzip.Write(body);
        }

        return result.ToArray();
    }

    private static string ContentTypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".json" => "application/json; charset=utf-8",
        ".svg" => "image/svg+xml",
        var extension => throw new ArgumentOutOfRangeException(nameof(name), extension, "A file of an unknown type."),
    };
}
