namespace McpFunctions.Domain.Identity;

/// <summary>The caller of a service, and the request.</summary>
/// <param name="UserId">The user.</param>
/// <param name="CorrelationId">The request's correlation id; it goes into the events.</param>
public sealed record Actor(string UserId, string CorrelationId)
{
    /// <summary>Identifies the request when it is sent again; null if the client sent no <c>Idempotency-Key</c>.</summary>
    public IdempotencyKey? IdempotencyKey { get; init; }
}
