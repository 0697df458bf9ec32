using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Sessions;

/// <summary>A session that lives, or whose end has yet to be published.</summary>
public sealed record SessionRecord
{
    /// <summary>Identifies the session.</summary>
    public required string Id { get; init; }

    /// <summary>Whose it is.</summary>
    public required string UserId { get; init; }

    /// <summary>The user's name.</summary>
    public required string Username { get; init; }

    /// <summary>The user's role, one of <see cref="Auth.Roles"/>.</summary>
    public required string Role { get; init; }

    /// <summary>How it was opened, one of <see cref="Auth.CredentialMethods"/>.</summary>
    public required string Method { get; init; }

    /// <summary>The <see cref="Users.UserRow.PasswordVersion"/> of the user when it was opened. With another one it has ended.</summary>
    public string? PasswordVersion { get; init; }

    /// <summary>When it was opened.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was last used, give or take <see cref="SessionLimits.TouchInterval"/>.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public required DateTimeOffset LastSeenAt { get; init; }

    /// <summary>When it ends if it is not used before.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>When it ends however much it is used.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public required DateTimeOffset EndsAt { get; init; }
}
