using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Credentials;

/// <summary>An API key, as its owner sees it: without the key itself.</summary>
public sealed record ApiKeyRecord
{
    /// <summary>The longest name in characters.</summary>
    public const int MaxNameLength = 100;

    /// <summary>Identifies the key. The key contains it.</summary>
    [DataType("uuid")]
    public required string Id { get; init; }

    /// <summary>The name that its owner gave it.</summary>
    [StringLength(MaxNameLength, MinimumLength = 1)]
    public required string Name { get; init; }

    /// <summary>The scopes of the key, of <see cref="Identity.Scopes"/>.</summary>
    [MinLength(1), ListedIn(typeof(Identity.Scopes), nameof(Identity.Scopes.All))]
    public required IReadOnlyList<string> Scopes { get; init; }

    /// <summary>The time of its creation.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The time at which it expires; null if it never expires.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The time of its last use, accurate to a minute; null if it was never used.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public DateTimeOffset? LastUsedAt { get; init; }
}
