using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.ApiKeys;

/// <summary>An API key, as its owner sees it: without the key itself.</summary>
public sealed record ApiKeyRecord
{
    /// <summary>Identifies the key; a part of it.</summary>
    public required string Id { get; init; }

    /// <summary>What its owner calls it.</summary>
    public required string Name { get; init; }

    /// <summary>What it is good for, of <see cref="Auth.Scopes"/>.</summary>
    public required IReadOnlyList<string> Scopes { get; init; }

    /// <summary>When it was issued.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it ends; null for never.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When it was last used, give or take a minute; null for never.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public DateTimeOffset? LastUsedAt { get; init; }
}
