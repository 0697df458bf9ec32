using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using McpFunctions.Domain;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Identity;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace McpFunctions.Functions.Http;

/// <summary>Reads requests. Invalid input becomes a <see cref="ProblemException"/>.</summary>
internal static class HttpRequests
{
    /// <summary>The longest JSON body in bytes. The event that is made of it must stay below 48 KiB.</summary>
    public const int MaxJsonBytes = 64 * 1024;

    /// <summary>The longest query value in characters.</summary>
    public const int MaxQueryLength = 1400;

    /// <summary>The longest time to wait for a notification.</summary>
    public const int MaxWaitSeconds = 30;

    /// <summary>The greatest sequence. Sequences are JSON numbers, which JavaScript keeps exact up to here.</summary>
    public const long MaxSequence = (1L << 53) - 1;

    /// <summary>A header's value; several lines are joined as RFC 9110 says.</summary>
    public static string? Header(this HttpRequest request, string name) =>
        request.Headers.TryGetValue(name, out StringValues values) ? string.Join(", ", values.ToArray()) : null;

    /// <summary>The caller, set by <see cref="AccessMiddleware"/>.</summary>
    public static Principal Principal(this HttpRequest request) =>
        request.HttpContext.Features.Get<Principal>()
        ?? throw new InvalidOperationException("The function is anonymous, or its access was not checked.");

    /// <summary>The caller and the request, with the idempotency key that <see cref="IdempotencyMiddleware"/> has read.</summary>
    public static Actor Actor(this HttpRequest request) =>
        new(request.Principal().UserId, request.CorrelationId()) { IdempotencyKey = request.HttpContext.Features.Get<IdempotencyKey>() };

    /// <summary>The request's correlation id; set by <see cref="ProblemMiddleware"/>.</summary>
    public static string CorrelationId(this HttpRequest request) => request.HttpContext.Features.Get<CorrelationId>()!.Value;

    /// <summary>
    /// The origin of the request. The address is the last of <c>X-Forwarded-For</c>, which the proxy before the gateway adds; a
    /// client can forge the addresses before it. For IPv6 it is the network. Clients on the gateway's own machine share its address.
    /// </summary>
    public static Origin Origin(this HttpRequest request) => new(
        request.CorrelationId(), request.HttpContext.Connection.RemoteIpAddress is { } address ? Subscriber(address) : null);

    // A client with one IPv6 address has the whole /64 (RFC 6177), so a limit per address would limit nothing.
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

    /// <summary>The requested owner: the caller, or the user whom an administrator names in <c>userId</c>.</summary>
    public static string OwnerAsked(this HttpRequest request) => OtherUsers.Resolve(request.Principal(), request.QueryText("userId")).ValueOrProblem();

    /// <summary>The requested page of a list.</summary>
    public static PageRequest Page(this HttpRequest request) => new(request.Limit(), request.QueryText("continuationToken"));

    /// <summary>The most items in the response.</summary>
    public static int Limit(this HttpRequest request) => (int)(request.QueryNumber("limit", 1, PageRequest.MaxLimit) ?? PageRequest.DefaultLimit);

    /// <summary>A text of the query; null where it is absent or empty.</summary>
    public static string? QueryText(this HttpRequest request, string name) => request.Query[name] switch
    {
        { Count: > 1 } => throw Invalid(name, "Send it once."),
        var values when values.ToString() is { Length: > 0 } text =>
            text.Length > MaxQueryLength ? throw Invalid(name, $"Send at most {MaxQueryLength} characters.")
            : request.IsEscapedWell(name) ? text
            : throw Invalid(name, "Escape it as UTF-8, for example '%C3%A9' for 'é', and '%25' for a percent sign."),
        _ => null,
    };

    // ASP.NET Core leaves escapes that it cannot decode as they are: "%E9" would be taken for three characters.
    private static bool IsEscapedWell(this HttpRequest request, string name)
    {
        foreach (QueryStringEnumerable.EncodedNameValuePair pair in new QueryStringEnumerable(request.QueryString.Value))
        {
            if (pair.DecodeName().Span.Equals(name, StringComparison.OrdinalIgnoreCase) && !PercentEncoding.TryDecode(pair.EncodedValue.Span, out _))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A whole number of the query.</summary>
    public static long? QueryNumber(this HttpRequest request, string name, long min, long max) =>
        request.QueryText(name) is not { } text ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number >= min && number <= max ? number
        : throw Invalid(name, $"Send a whole number from {min} to {max}.");

    /// <summary>A boolean of the query.</summary>
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

    /// <summary>The entity tags of <c>If-Match</c>; null if any version is accepted (RFC 9110, section 13.1.1).</summary>
    public static IReadOnlyCollection<string>? IfMatch(this HttpRequest request) => request.EntityTags(HeaderNames.IfMatch, useStrongComparison: true);

    /// <summary>The entity tags of <c>If-None-Match</c>; null if the header is absent (RFC 9110, section 13.1.2).</summary>
    public static bool HasCurrent(this HttpRequest request, string etag) =>
        request.Header(HeaderNames.IfNoneMatch) is { } header
        && (header.Trim() == "*" || request.EntityTags(HeaderNames.IfNoneMatch, useStrongComparison: false)!.Contains(etag));

    /// <summary>The body as it arrives, with its length or in chunks.</summary>
    /// <exception cref="ProblemException">The body is compressed or longer than allowed.</exception>
    public static Stream BodyStream(this HttpRequest request, long maxBytes)
    {
        // The gateway does not decompress, so it would store compressed bytes under the wrong type.
        if (request.Header(HeaderNames.ContentEncoding) is { Length: > 0 } encoding && !encoding.Trim().Equals("identity", StringComparison.OrdinalIgnoreCase))
        {
            throw new ProblemException(Problem.UnsupportedMediaType("Send the body as it is, without 'Content-Encoding'."));
        }

        return request.ContentLength > maxBytes ? throw new ProblemException(Problem.TooLarge(maxBytes)) : new RequestBodyStream(request.Body, maxBytes);
    }

    /// <summary>The whole body of a request without a file, at most <see cref="MaxJsonBytes"/>. A second call returns the same bytes.</summary>
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
        if (!request.HasJsonContentType())
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
            string field = FieldOf(exception.Path);
            throw Invalid(
                field,
                IsUnknown(field, type)
                    ? $"There is no field '{field}' here."
                    : $"The JSON does not have the expected form, at line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}.");
        }
        catch (InvalidOperationException)
        {
            // Utf8JsonReader throws this for a text with half a surrogate pair.
            throw Invalid("$", "A text in the JSON is not valid Unicode.");
        }
    }

    // Of the path "$.name", "$.name[0]" or "$['a name']".
    private static string FieldOf(string? path) => path switch
    {
        null or { Length: <= 2 } => "$",
        _ when path.StartsWith("$['", StringComparison.Ordinal) && path.EndsWith("']", StringComparison.Ordinal) => path[3..^2],
        _ => path[2..],
    };

    // The value of a field that is there may be wrong too, and a body that is no object has no fields.
    private static bool IsUnknown(string field, JsonTypeInfo type) =>
        field != "$" && type.Kind == JsonTypeInfoKind.Object
        && type.Properties.All(property => !IsWithin(field, property.Name));

    private static bool IsWithin(string field, string name) =>
        field.StartsWith(name, StringComparison.Ordinal) && (field.Length == name.Length || field[name.Length] is '.' or '[');

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

        // An invalid tag matches nothing, which is safe for a precondition.
        return EntityTagHeaderValue.TryParseList([text], out IList<EntityTagHeaderValue>? tags)
            ? [.. tags.Where(tag => !(tag.IsWeak && useStrongComparison)).Select(tag => tag.Tag.ToString())]
            : [];
    }

    private sealed record BodyBytes(byte[] Value);
}
