using System.Net;
using McpFunctions.Domain;

namespace McpFunctions.Functions.Http;

/// <summary>Problem details (RFC 9457), and the one place where failures get their HTTP answers.</summary>
/// <param name="Type">A stable URI that names the kind of problem.</param>
/// <param name="Title">The kind of problem in words.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Detail">What is wrong this time and what to do.</param>
public sealed record Problem(string Type, string Title, int Status, string Detail)
{
    private const string TypePrefix = "https://mcpfunctions.dev/problems/";

    /// <summary>Finds the request in traces and logs.</summary>
    public string? TraceId { get; init; }

    /// <summary>Per field, what is wrong and what to do.</summary>
    public IReadOnlyDictionary<string, string[]>? Errors { get; init; }

    /// <summary>How long to wait before the next try, in seconds: the header <c>Retry-After</c>.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public int? RetryAfter { get; init; }

    /// <summary>The methods that the route takes: the header <c>Allow</c>.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public IReadOnlyList<string>? Allow { get; init; }

    /// <summary>How long the content is of which a range was asked for: the header <c>Content-Range</c>.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public long? ContentLength { get; init; }

    /// <summary>The answer to a failure.</summary>
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
        _ => throw new ArgumentOutOfRangeException(nameof(failure), failure, "A failure without an answer."),
    };

    /// <summary>There is no such thing, or it is not the caller's.</summary>
    /// <returns>404.</returns>
    public static Problem NotFound() => Make("not-found", "Not found", HttpStatusCode.NotFound, "There is no such thing, or it is not yours.");

    /// <summary>The app has no such route.</summary>
    /// <returns>404.</returns>
    public static Problem UnknownRoute() => NotFound() with { Detail = "There is no such route. GET /api/docs shows all routes." };

    /// <summary>The route does not take the method.</summary>
    /// <param name="allow">The methods that it takes.</param>
    /// <returns>405.</returns>
    public static Problem MethodNotAllowed(IReadOnlyList<string> allow) => Make(
        "method-not-allowed", "Method not allowed", HttpStatusCode.MethodNotAllowed, $"This route takes {string.Join(", ", allow)}.") with
    { Allow = allow };

    /// <summary>The input is not acceptable.</summary>
    /// <param name="errors">Per field, what is wrong and what to do.</param>
    /// <returns>400.</returns>
    public static Problem Invalid(IReadOnlyDictionary<string, string[]> errors) => Make(
        "invalid-request", "Invalid request", HttpStatusCode.BadRequest, "The request is not acceptable; 'errors' says why, field by field.") with
    { Errors = errors };

    /// <summary>The input is not acceptable.</summary>
    /// <param name="field">The field.</param>
    /// <param name="problem">What is wrong and what to do.</param>
    /// <returns>400.</returns>
    public static Problem Invalid(string field, string problem) => Invalid(new Dictionary<string, string[]> { [field] = [problem] });

    /// <summary>The credential is missing or wrong.</summary>
    /// <param name="detail">What the caller may know of it.</param>
    /// <returns>401.</returns>
    public static Problem Unauthenticated(string detail) => Make("unauthenticated", "Unauthenticated", HttpStatusCode.Unauthorized, detail);

    /// <summary>The credential is good, but not for this.</summary>
    /// <param name="detail">What is missing.</param>
    /// <returns>403.</returns>
    public static Problem Forbidden(string detail) => Make("forbidden", "Forbidden", HttpStatusCode.Forbidden, detail);

    /// <summary>It is no longer the version that the caller named.</summary>
    /// <returns>412.</returns>
    public static Problem PreconditionFailed() => Make(
        "precondition-failed", "Precondition failed", HttpStatusCode.PreconditionFailed, "It has changed since: read it again for its current ETag.");

    /// <summary>The body is too large.</summary>
    /// <param name="maxBytes">How many bytes are allowed.</param>
    /// <returns>413.</returns>
    public static Problem TooLarge(long maxBytes) => Make(
        "content-too-large", "Content too large", HttpStatusCode.RequestEntityTooLarge, $"At most {maxBytes} bytes are allowed here.");

    /// <summary>The media type of the body is not one that the route takes.</summary>
    /// <param name="detail">Which it takes.</param>
    /// <returns>415.</returns>
    public static Problem UnsupportedMediaType(string detail) => Make(
        "unsupported-media-type", "Unsupported media type", HttpStatusCode.UnsupportedMediaType, detail);

    /// <summary>The range asked for lies outside the content.</summary>
    /// <param name="length">The content's length in bytes.</param>
    /// <returns>416.</returns>
    public static Problem RangeNotSatisfiable(long length) => Make(
        "range-not-satisfiable", "Range not satisfiable", HttpStatusCode.RequestedRangeNotSatisfiable, $"The content has {length} bytes.") with
    { ContentLength = length };

    /// <summary>There were too many tries.</summary>
    /// <param name="retryAfter">How long to wait before the next.</param>
    /// <returns>429.</returns>
    public static Problem TooManyRequests(TimeSpan retryAfter) => Make(
        "too-many-requests", "Too many requests", HttpStatusCode.TooManyRequests, "There were too many tries. Wait as long as Retry-After says.") with
    { RetryAfter = (int)Math.Ceiling(retryAfter.TotalSeconds) };

    /// <summary>A dependency is down.</summary>
    /// <param name="dependency">Its name.</param>
    /// <returns>503.</returns>
    public static Problem Unavailable(string dependency) => Make(
        "dependency-unavailable", "Dependency unavailable", HttpStatusCode.ServiceUnavailable, $"The gateway cannot reach its {dependency} now. Try again later.") with
    { RetryAfter = 5 };

    /// <summary>The request was cancelled before its end. Where its client is gone, nobody reads this.</summary>
    /// <returns>503.</returns>
    public static Problem GivenUp() => Make(
        "given-up", "Given up", HttpStatusCode.ServiceUnavailable, "The request was given up before its end. Try again later.") with
    { RetryAfter = 5 };

    /// <summary>A bug of ours; what it is stays in the log.</summary>
    /// <returns>500.</returns>
    public static Problem Internal() => Make(
        "internal-error", "Internal error", HttpStatusCode.InternalServerError, "Something went wrong here. The traceId finds it in the log.");

    private static Problem Make(string kind, string title, HttpStatusCode status, string detail) => new(TypePrefix + kind, title, (int)status, detail);
}
