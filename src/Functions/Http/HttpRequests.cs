using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using McpFunctions.Domain;
using McpFunctions.Domain.Auth;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace McpFunctions.Functions.Http;

/// <summary>Reads what requests carry. What is not acceptable becomes a <see cref="ProblemException"/>.</summary>
internal static class HttpRequests
{
    /// <summary>The longest JSON body in bytes: an event of at most 48 KiB is made of it.</summary>
    public const int MaxJsonBytes = 64 * 1024;

    /// <summary>The longest query value in characters.</summary>
    public const int MaxQueryLength = 1400;

    /// <summary>A header's value; several lines are joined as RFC 9110 says.</summary>
    public static string? Header(this HttpRequest request, string name) =>
        request.Headers.TryGetValue(name, out StringValues values) ? string.Join(", ", values.ToArray()) : null;

    /// <summary>Who asks; set by <see cref="AccessMiddleware"/>.</summary>
    public static Principal Principal(this HttpRequest request) =>
        request.HttpContext.Features.Get<Principal>()
        ?? throw new InvalidOperationException("The function is anonymous, or its access was not checked.");

    /// <summary>Who asks, and in which request.</summary>
    public static Actor Actor(this HttpRequest request) => new(request.Principal().UserId, request.CorrelationId());

    /// <summary>The request's correlation id; set by <see cref="ProblemMiddleware"/>.</summary>
    public static string CorrelationId(this HttpRequest request) => request.HttpContext.Features.Get<CorrelationId>()!.Value;

    /// <summary>
    /// Where the request comes from. The address is the last of <c>X-Forwarded-For</c>, which the proxy before the gateway
    /// adds; those before it are whatever the client says. Of IPv6, the network. Clients on the same machine, and those of a
    /// proxy there that adds no header, are one: the machine itself.
    /// </summary>
    public static Origin Origin(this HttpRequest request) => new(
        request.CorrelationId(), request.HttpContext.Connection.RemoteIpAddress is { } address ? Subscriber(address) : null);

    // Who has one address of IPv6 has its whole /64 (RFC 6177): counted by address, a limit would have no end.
    private static string Subscriber(IPAddress address)
    {
        if (IPAddress.IsLoopback(address))
        {
            // A client must not count twice because it comes by both protocols.
            return IPAddress.Loopback.ToString();
        }

        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4().ToString();
        }

        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address.ToString();
        }

        byte[] bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return $"{new IPAddress(bytes)}/64";
    }

    /// <summary>Whose things are asked for: one's own, or those of the user whom an administrator names in <c>userId</c>.</summary>
    public static string OwnerAsked(this HttpRequest request) => OtherUsers.Resolve(request.Principal(), request.QueryText("userId")).ValueOrProblem();

    /// <summary>Which part of a list is asked for.</summary>
    public static PageRequest Page(this HttpRequest request) => new(
        (int)(request.QueryNumber("limit", 1, PageRequest.MaxLimit) ?? PageRequest.DefaultLimit), request.QueryText("continuationToken"));

    /// <summary>A text of the query; null where it is absent or empty.</summary>
    public static string? QueryText(this HttpRequest request, string name) => request.Query[name].ToString() switch
    {
        "" => null,
        { Length: > MaxQueryLength } => throw Invalid(name, $"At most {MaxQueryLength} characters."),
        var text => text,
    };

    /// <summary>A whole number of the query.</summary>
    public static long? QueryNumber(this HttpRequest request, string name, long min, long max) =>
        request.QueryText(name) is not { } text ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number >= min && number <= max ? number
        : throw Invalid(name, $"Send a whole number from {min} to {max}.");

    /// <summary>Whether something is asked for in the query, by <c>true</c>.</summary>
    public static bool QueryFlag(this HttpRequest request, string name) => request.QueryText(name) switch
    {
        null or "false" => false,
        "true" => true,
        _ => throw Invalid(name, "Send true or false."),
    };

    /// <summary>A time of the query.</summary>
    public static DateTimeOffset? QueryTime(this HttpRequest request, string name) =>
        request.QueryText(name) is not { } text ? null
        : Timestamps.TryParseQuery(text, out DateTimeOffset time, out string problem) ? time
        : throw Invalid(name, problem);

    /// <summary>The entity tags of <c>If-Match</c>; null where any version will do (RFC 9110, section 13.1.1).</summary>
    public static IReadOnlyCollection<string>? IfMatch(this HttpRequest request) => request.EntityTags(HeaderNames.IfMatch, useStrongComparison: true);

    /// <summary>The entity tags of <c>If-None-Match</c>; null where there is none (RFC 9110, section 13.1.2).</summary>
    public static bool HasCurrent(this HttpRequest request, string etag) =>
        request.Header(HeaderNames.IfNoneMatch) is { } header
        && (header.Trim() == "*" || request.EntityTags(HeaderNames.IfNoneMatch, useStrongComparison: false)!.Contains(etag));

    /// <summary>The media type of the body, in lower case and without parameters; null where there is none or it cannot be read.</summary>
    public static MediaTypeHeaderValue? MediaType(this HttpRequest request) =>
        MediaTypeHeaderValue.TryParse(request.Header(HeaderNames.ContentType), out MediaTypeHeaderValue? type) ? type : null;

    /// <summary>The body as it arrives, with its length or in chunks.</summary>
    /// <exception cref="ProblemException">It is compressed, or says that it is longer than allowed.</exception>
    public static Stream BodyStream(this HttpRequest request, long maxBytes)
    {
        // Nothing here decompresses: a body that says so would be stored as what it is not.
        if (request.Header(HeaderNames.ContentEncoding) is { Length: > 0 } encoding && !encoding.Trim().Equals("identity", StringComparison.OrdinalIgnoreCase))
        {
            throw new ProblemException(Problem.UnsupportedMediaType("Send the body as it is, without 'Content-Encoding'."));
        }

        return request.ContentLength > maxBytes ? throw new ProblemException(Problem.TooLarge(maxBytes)) : new RequestBodyStream(request.Body, maxBytes);
    }

    /// <summary>The whole body where it is no file: at most <see cref="MaxJsonBytes"/>. It can be asked for again.</summary>
    public static async Task<byte[]> BodyBytesAsync(this HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.HttpContext.Features.Get<BodyBytes>() is { } read)
        {
            return read.Value;
        }

        using var bytes = new MemoryStream();
        await request.BodyStream(MaxJsonBytes).CopyToAsync(bytes, cancellationToken);
        var body = new BodyBytes(bytes.ToArray());
        request.HttpContext.Features.Set(body);
        return body.Value;
    }

    /// <summary>Reads a JSON body.</summary>
    public static async Task<T> JsonAsync<T>(this HttpRequest request, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        if (request.MediaType() is not { } contentType
            || !(contentType.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase) || contentType.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase)))
        {
            throw new ProblemException(Problem.UnsupportedMediaType("Send JSON, with 'Content-Type: application/json'."));
        }

        byte[] body = await request.BodyBytesAsync(cancellationToken);
        try
        {
            return JsonSerializer.Deserialize(WithoutMark(body), type) ?? throw Invalid("$", "Send a JSON object, not null.");
        }
        catch (JsonException exception)
        {
            throw Invalid(
                exception.Path is { Length: > 2 } path ? path[2..] : "$",
                $"This is not the JSON that is expected here, at line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}.");
        }
        catch (InvalidOperationException)
        {
            // What Utf8JsonReader throws for a text with half a surrogate pair.
            throw Invalid("$", "A text in the JSON is not valid Unicode.");
        }
    }

    // RFC 8259, section 8.1: a parser may ignore a byte order mark.
    private static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> json)
    {
        ReadOnlySpan<byte> mark = [0xEF, 0xBB, 0xBF];
        return json.StartsWith(mark) ? json[mark.Length..] : json;
    }

    private static ProblemException Invalid(string name, string problem) => new(Problem.Invalid(name, problem));

    private static IReadOnlyCollection<string>? EntityTags(this HttpRequest request, string header, bool useStrongComparison)
    {
        if (request.Header(header) is not { } text || text.Trim() == "*")
        {
            return null;
        }

        // A tag that cannot be read matches nothing, which is the safe side of a precondition.
        return EntityTagHeaderValue.TryParseList([text], out IList<EntityTagHeaderValue>? tags)
            ? [.. tags.Where(tag => !(tag.IsWeak && useStrongComparison)).Select(tag => tag.Tag.ToString())]
            : [];
    }

    private sealed record BodyBytes(byte[] Value);
}
