namespace McpFunctions.Domain.Identity;

/// <summary>The identity of a repeated request: the client's <c>Idempotency-Key</c> on a route, and the hash of the request.</summary>
/// <param name="RowKey">The row key, <c>idem:{SHA-256 of route and key}</c>, in the partition of the user who asks.</param>
/// <param name="RequestHash">The SHA-256 of what is asked, in lower-case hex: the same key must not stand for two things.</param>
public sealed record IdempotencyKey(string RowKey, string RequestHash)
{
    /// <summary>The prefix of the row keys.</summary>
    public const string RowPrefix = "idem:";
}
