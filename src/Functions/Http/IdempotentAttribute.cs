namespace McpFunctions.Functions.Http;

/// <summary>
/// Marks a change that accepts an <c>Idempotency-Key</c>. <see cref="IdempotencyMiddleware"/> reads the key, the function's service keeps
/// the result, and the OpenAPI document shows the header. A change without this attribute ignores the key: its response holds a secret,
/// or a repetition does no harm.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class IdempotentAttribute : Attribute
{
    /// <summary>Whether the function hashes the request itself, because the body is a file or holds a password. Otherwise the body's hash tells requests apart.</summary>
    public bool HashesItself { get; init; }
}
