using System.ComponentModel.DataAnnotations;
using System.Net;
using McpFunctions.Domain;

namespace McpFunctions.Functions.Http;

/// <summary>Problem details (RFC 9457), and the one place that maps failures to HTTP responses.</summary>
/// <param name="Type">A stable URI that names the kind of problem.</param>
/// <param name="Title">The kind of problem in words.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Detail">The problem of this request and its remedy.</param>
public sealed record Problem(
    [property: MinLength(1), RegularExpression(@"^https://mcpfunctions\.dev/problems/[a-z]+(-[a-z]+)*$")] string Type,
    [property: MinLength(1)] string Title,
    [property: Range(400, 599)] int Status,
    [property: MinLength(1)] string Detail)
{
    private const string TypePrefix = "https://mcpfunctions.dev/problems/";

    /// <summary>The id of the request in traces and logs.</summary>
    [MinLength(1)]
    public string? TraceId { get; init; }

    /// <summary>The problem and its remedy for each field.</summary>
    public IReadOnlyDictionary<string, string[]>? Errors { get; init; }

    /// <summary>The seconds to wait before the next try: the header <c>Retry-After</c>.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public int? RetryAfter { get; init; }

    /// <summary>The methods that the route takes: the header <c>Allow</c>.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public IReadOnlyList<string>? Allow { get; init; }

    /// <summary>The length of the content when the requested range is outside it: the header <c>Content-Range</c>.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public long? ContentLength { get; init; }

    /// <summary>The problem of a failure.</summary>
    /// <param name="failure">The failure.</param>
    /// <returns>Its problem.</returns>
    public static Problem Of(Failure failure) => failure switch
    {
        Failure.NotFound => NotFound(),
        Failure.Rejected rejected => Invalid(rejected.Errors),
        Failure.Conflict conflict => Make("conflict", "Conflict", HttpStatusCode.Conflict, conflict.Detail),
        Failure.PreconditionFailed => PreconditionFailed(),
        Failure.TooLarge tooLarge => TooLarge(tooLarge.MaxBytes),
        Failure.Unauthenticated unauthenticated => Unauthenticated(unauthenticated.Detail),
        Failure.Forbidden forbidden => Forbidden(forbidden.Detail),
        Failure.QuotaExceeded exceeded => Make("quota-exceeded", "Quota exceeded", HttpStatusCode.InsufficientStorage, exceeded.Detail),
        Failure.Throttled throttled => TooManyRequests(throttled.RetryAfter),
        Failure.Unavailable => Unavailable("storage"),
        _ => throw new ArgumentOutOfRangeException(nameof(failure), failure, "This failure has no HTTP response."),
    };

    /// <summary>The resource does not exist, or it is not the caller's.</summary>
    /// <returns>404.</returns>
    public static Problem NotFound() => Make("not-found", "Not found", HttpStatusCode.NotFound, "It does not exist, or it is not yours.");

    /// <summary>The app has no such route.</summary>
    /// <returns>404.</returns>
    public static Problem UnknownRoute() => NotFound() with { Detail = "There is no such route. GET /api/docs shows all routes." };

    /// <summary>The route does not take the method.</summary>
    /// <param name="allow">The methods that it takes.</param>
    /// <returns>405.</returns>
    public static Problem MethodNotAllowed(IReadOnlyList<string> allow) => Make(
        "method-not-allowed", "Method not allowed", HttpStatusCode.MethodNotAllowed, $"This route takes {string.Join(", ", allow)}.") with
    { Allow = allow };

    /// <summary>The input is not valid.</summary>
    /// <param name="errors">The problem and its remedy for each field.</param>
    /// <returns>400.</returns>
    public static Problem Invalid(IReadOnlyDictionary<string, string[]> errors) => Make(
        "invalid-request", "Invalid request", HttpStatusCode.BadRequest, "The request is not valid. 'errors' says why for each field.") with
    { Errors = errors };

    /// <summary>The input is not valid.</summary>
    /// <param name="field">The field.</param>
    /// <param name="problem">The problem and its remedy.</param>
    /// <returns>400.</returns>
    public static Problem Invalid(string field, string problem) => Invalid(new Dictionary<string, string[]> { [field] = [problem] });

    /// <summary>The credential is missing or wrong.</summary>
    /// <param name="detail">The reason, as far as the caller may know it.</param>
    /// <returns>401.</returns>
    public static Problem Unauthenticated(string detail) => Make("unauthenticated", "Unauthenticated", HttpStatusCode.Unauthorized, detail);

    /// <summary>The credential is valid but does not allow this.</summary>
    /// <param name="detail">The missing right.</param>
    /// <returns>403.</returns>
    public static Problem Forbidden(string detail) => Make("forbidden", "Forbidden", HttpStatusCode.Forbidden, detail);

    /// <summary>The resource has changed since the version that the caller named.</summary>
    /// <returns>412.</returns>
    public static Problem PreconditionFailed() => Make(
        "precondition-failed", "Precondition failed", HttpStatusCode.PreconditionFailed, "It has changed since you read it. Read it again to get its current ETag.");

    /// <summary>The body is too large.</summary>
    /// <param name="maxBytes">The allowed number of bytes.</param>
    /// <returns>413.</returns>
    public static Problem TooLarge(long maxBytes) => Make(
        "content-too-large", "Content too large", HttpStatusCode.RequestEntityTooLarge, $"At most {maxBytes} bytes are allowed here.");

    /// <summary>The route does not accept the media type of the body.</summary>
    /// <param name="detail">The accepted media types.</param>
    /// <returns>415.</returns>
    public static Problem UnsupportedMediaType(string detail) => Make(
        "unsupported-media-type", "Unsupported media type", HttpStatusCode.UnsupportedMediaType, detail);

    /// <summary>The range asked for lies outside the content.</summary>
    /// <param name="length">The content's length in bytes.</param>
    /// <returns>416.</returns>
    public static Problem RangeNotSatisfiable(long length) => Make(
        "range-not-satisfiable", "Range not satisfiable", HttpStatusCode.RequestedRangeNotSatisfiable, $"The content has {length} bytes.") with
    { ContentLength = length };

    /// <summary>The caller sent too many requests.</summary>
    /// <param name="retryAfter">The time to wait before the next try.</param>
    /// <returns>429.</returns>
    public static Problem TooManyRequests(TimeSpan retryAfter) => Make(
        "too-many-requests", "Too many requests", HttpStatusCode.TooManyRequests, "You sent too many requests. Wait for the seconds in Retry-After.") with
    { RetryAfter = (int)Math.Ceiling(retryAfter.TotalSeconds) };

    /// <summary>A dependency is down.</summary>
    /// <param name="dependency">Its name.</param>
    /// <returns>503.</returns>
    public static Problem Unavailable(string dependency) => Make(
        "dependency-unavailable", "Dependency unavailable", HttpStatusCode.ServiceUnavailable, $"The gateway cannot reach its {dependency} now. Try again later.") with
    { RetryAfter = 5 };

    /// <summary>The request was cancelled before it ended. A client that has gone never reads this.</summary>
    /// <returns>503.</returns>
    public static Problem RequestCancelled() => Make(
        "request-cancelled", "Request cancelled", HttpStatusCode.ServiceUnavailable, "The request was cancelled before it ended. Try again later.") with
    { RetryAfter = 5 };

    /// <summary>A bug in the gateway. Only the log holds the details.</summary>
    /// <returns>500.</returns>
    public static Problem Internal() => Make(
        "internal-error", "Internal error", HttpStatusCode.InternalServerError, "The gateway has a bug. Report the traceId: it finds the error in the log.");

    private static Problem Make(string kind, string title, HttpStatusCode status, string detail) => new(TypePrefix + kind, title, (int)status, detail);
}
