using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.ApiKeys;

/// <summary>The payload of <c>apikey.created</c>.</summary>
/// <param name="KeyId">The key's id, which does not open anything.</param>
/// <param name="Name">What its owner calls it.</param>
/// <param name="Scopes">What it is good for.</param>
/// <param name="ExpiresAt">When it ends; absent for never.</param>
/// <param name="CreatedBy">The user whose it is.</param>
public sealed record ApiKeyCreated(
    string KeyId,
    string Name,
    IReadOnlyList<string> Scopes,
    [property: JsonConverter(typeof(TimestampConverter))] DateTimeOffset? ExpiresAt,
    string CreatedBy) : IEventPayload
{
    /// <inheritdoc/>
    public static string EventType => EventTypes.ApiKeyCreated;
}

/// <summary>The payload of <c>apikey.revoked</c>.</summary>
/// <param name="KeyId">The key's id.</param>
/// <param name="Name">What its owner called it.</param>
/// <param name="Scopes">What it was good for.</param>
/// <param name="ExpiresAt">When it would have ended; absent for never.</param>
/// <param name="RevokedBy">The user who withdrew it: its owner, or an administrator who deleted the owner.</param>
public sealed record ApiKeyRevoked(
    string KeyId,
    string Name,
    IReadOnlyList<string> Scopes,
    [property: JsonConverter(typeof(TimestampConverter))] DateTimeOffset? ExpiresAt,
    string RevokedBy) : IEventPayload
{
    /// <inheritdoc/>
    public static string EventType => EventTypes.ApiKeyRevoked;
}
