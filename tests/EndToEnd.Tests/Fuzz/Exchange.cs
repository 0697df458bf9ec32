namespace McpFunctions.EndToEnd.Tests.Fuzz;

/// <summary>A request, its response (null when the connection was closed instead), and the time that it took.</summary>
internal sealed record Exchange(FuzzRequest Request, RawResponse? Response, TimeSpan Time)
{
    /// <summary>Whether it is a change that the gateway accepted.</summary>
    public bool IsAccepted => Response is { IsSuccess: true, CorrelationId: not null } && Request.Method is not ("GET" or "HEAD");

    /// <inheritdoc/>
    public override string ToString() => $"{Request}\n--- response after {Time.TotalSeconds:0.00} s ---\n{Response?.ToString() ?? "a closed connection"}";
}
