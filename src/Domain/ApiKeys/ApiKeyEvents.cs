using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.ApiKeys;

/// <summary>The payload of <c>apikey.created</c>.</summary>
/// <param name="KeyId">The key's id, which is not secret.</param>
/// <param name="Name">The name that its owner gave it.</param>
/// <param name="Scopes">The scopes of the key.</param>
/// <param name="ExpiresAt">The time at which it expires; absent if it never expires.</param>
/// <param name="CreatedBy">The owner.</param>
public sealed record ApiKeyCreated(
    string KeyId,
    string Name,
    IReadOnlyList<string> Scopes,
    [property: JsonConverter(typeof(TimestampConverter))] DateTimeOffset? ExpiresAt,
    string CreatedBy) : IEventPayload
{
    /// <inheritdoc/>
    public static string EventType => EventTypes.ApiKeyCreated;

    /// <inheritdoc/>
    public static JsonTypeInfo TypeInfo => ApiKeyEventsJsonContext.Wire.ApiKeyCreated;
}

/// <summary>The payload of <c>apikey.revoked</c>.</summary>
/// <param name="KeyId">The key's id.</param>
/// <param name="Name">The name that its owner gave it.</param>
/// <param name="Scopes">The scopes of the key.</param>
/// <param name="ExpiresAt">The time at which it would have expired; absent if it would never have expired.</param>
/// <param name="RevokedBy">The user who revoked it: its owner or an administrator.</param>
public sealed record ApiKeyRevoked(
    string KeyId,
    string Name,
    IReadOnlyList<string> Scopes,
    [property: JsonConverter(typeof(TimestampConverter))] DateTimeOffset? ExpiresAt,
    string RevokedBy) : IEventPayload
{
    /// <inheritdoc/>
    public static string EventType => EventTypes.ApiKeyRevoked;

    /// <inheritdoc/>
    public static JsonTypeInfo TypeInfo => ApiKeyEventsJsonContext.Wire.ApiKeyRevoked;
}
