using McpFunctions.Domain.Idempotency;

namespace McpFunctions.Domain;

/// <summary>Who asks a service for something, and in which request.</summary>
/// <param name="UserId">The user.</param>
/// <param name="CorrelationId">The request's correlation id; it goes into the events.</param>
public sealed record Actor(string UserId, string CorrelationId)
{
    /// <summary>What makes the request known when it is sent again; null where the client sent no <c>Idempotency-Key</c>.</summary>
    public OnceKey? Once { get; init; }
}
