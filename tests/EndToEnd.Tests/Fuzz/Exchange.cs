namespace McpFunctions.EndToEnd.Tests.Fuzz;

/// <summary>A request, its answer (null where the connection was closed instead), and how long it took.</summary>
internal sealed record Exchange(FuzzRequest Request, RawResponse? Response, TimeSpan Time)
{
    /// <summary>Whether it changed something by right.</summary>
    public bool IsAccepted => Response is { IsSuccess: true, CorrelationId: not null } && Request.Method is not ("GET" or "HEAD");

    /// <inheritdoc/>
    public override string ToString() => $"{Request}\n--- answered after {Time.TotalSeconds:0.00} s with ---\n{Response?.ToString() ?? "a closed connection"}";
}
