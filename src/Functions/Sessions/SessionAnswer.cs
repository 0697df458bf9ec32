using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Sessions;

namespace McpFunctions.Functions.Sessions;

/// <summary>A session, as its user sees it.</summary>
/// <param name="Id">Identifies the session.</param>
/// <param name="CreatedAt">When it was opened.</param>
/// <param name="LastSeenAt">When it was last used, give or take a minute.</param>
/// <param name="ExpiresAt">When it ends if it is not used before.</param>
/// <param name="EndsAt">When it ends however much it is used.</param>
/// <param name="Current">Whether it is the one that asks.</param>
public sealed record SessionAnswer(
    string Id,
    [property: JsonConverter(typeof(TimestampConverter))] DateTimeOffset CreatedAt,
    [property: JsonConverter(typeof(TimestampConverter))] DateTimeOffset LastSeenAt,
    [property: JsonConverter(typeof(TimestampConverter))] DateTimeOffset ExpiresAt,
    [property: JsonConverter(typeof(TimestampConverter))] DateTimeOffset EndsAt,
    bool Current)
{
    /// <summary>The answer for a session.</summary>
    /// <param name="session">The session.</param>
    /// <param name="currentId">The session that asks.</param>
    /// <returns>The answer.</returns>
    public static SessionAnswer Of(SessionRecord session, string? currentId)
    {
        ArgumentNullException.ThrowIfNull(session);
        return new SessionAnswer(session.Id, session.CreatedAt, session.LastSeenAt, session.ExpiresAt, session.EndsAt, session.Id == currentId);
    }
}
