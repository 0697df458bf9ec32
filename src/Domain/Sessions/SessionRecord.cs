using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Sessions;

/// <summary>An open session, or one whose end is not published yet.</summary>
public sealed record SessionRecord
{
    /// <summary>Identifies the session.</summary>
    public required string Id { get; init; }

    /// <summary>The owner.</summary>
    public required string UserId { get; init; }

    /// <summary>The user's name.</summary>
    public required string Username { get; init; }

    /// <summary>The user's role, one of <see cref="Auth.Roles"/>.</summary>
    public required string Role { get; init; }

    /// <summary>The credential that opened it, one of <see cref="Auth.CredentialMethods"/>.</summary>
    public required string Method { get; init; }

    /// <summary>The <see cref="Users.UserRow.PasswordVersion"/> of the user when it was opened. With another one it has ended.</summary>
    public string? PasswordVersion { get; init; }

    /// <summary>The time of the login.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was last used, give or take <see cref="SessionLimits.TouchInterval"/>.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public required DateTimeOffset LastSeenAt { get; init; }

    /// <summary>The time at which it ends if nobody uses it before.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The time at which it ends in any case.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public required DateTimeOffset EndsAt { get; init; }
}
