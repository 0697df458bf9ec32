using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Identity;

namespace McpFunctions.Domain.Credentials;

/// <summary>An open session, or one whose end is not published yet.</summary>
public sealed record SessionRecord
{
    /// <summary>The prefix of the row keys of sessions.</summary>
    public const string RowPrefix = "session:";

    /// <summary>Identifies the session.</summary>
    public required string Id { get; init; }

    /// <summary>The owner.</summary>
    public required string UserId { get; init; }

    /// <summary>The user's name.</summary>
    public required string Username { get; init; }

    /// <summary>The user's role, one of <see cref="Identity.Roles"/>.</summary>
    public required string Role { get; init; }

    /// <summary>The credential that opened it, one of <see cref="Identity.CredentialMethods"/>.</summary>
    public required string Method { get; init; }

    /// <summary>The <see cref="UserRow.PasswordVersion"/> of the user when it was opened. With another one, a session of the administrator of the settings has ended.</summary>
    public string? PasswordVersion { get; init; }

    /// <summary>Whether it ended together with the user or the user's password. The row stays until <c>session.expired</c> is published.</summary>
    public bool IsRevoked { get; init; }

    /// <summary>The time of the login.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was last used, give or take the touch interval of the session limits.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public required DateTimeOffset LastSeenAt { get; init; }

    /// <summary>The time at which it ends if nobody uses it before.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The time at which it ends in any case.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public required DateTimeOffset EndsAt { get; init; }

    /// <summary>Whether its time is not over, and it was not revoked with its user or the user's password.</summary>
    /// <param name="now">The time.</param>
    public bool IsAliveAt(DateTimeOffset now) => !IsRevoked && ExpiresAt > now;

    /// <summary>The failure of a credential whose session has ended.</summary>
    /// <returns>The failure.</returns>
    public static Failure.Unauthenticated Ended() => new("The session has ended. Sign in again.", RejectionReasons.EndedSession);
}
