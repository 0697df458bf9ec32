using Microsoft.AspNetCore.Http;

namespace McpFunctions.Functions.Http;

/// <summary>Joins the logs and events of one request, across services.</summary>
/// <param name="Value">1 to 128 visible ASCII characters.</param>
public sealed record CorrelationId(string Value)
{
    /// <summary>The header of requests and responses.</summary>
    public const string Header = "X-Correlation-Id";

    /// <summary>The longest id in characters.</summary>
    public const int MaxLength = 128;

    /// <summary>The correlation id of a request: the client's, or a new one if the client's is missing or unfit for headers and logs.</summary>
    /// <param name="request">The request.</param>
    /// <returns>The id.</returns>
    public static CorrelationId Of(HttpRequest request) =>
        request.Header(Header) is { Length: > 0 and <= MaxLength } sent && sent.All(character => character is > ' ' and <= '~')
            ? new CorrelationId(sent)
            : new CorrelationId(Guid.NewGuid().ToString("N"));
}
