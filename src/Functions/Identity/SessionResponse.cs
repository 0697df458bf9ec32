using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using McpFunctions.Domain.Credentials;
using McpFunctions.Domain.Events;

namespace McpFunctions.Functions.Identity;

/// <summary>A session, as its user sees it.</summary>
/// <param name="Id">Identifies the session.</param>
/// <param name="CreatedAt">The time of the login.</param>
/// <param name="LastSeenAt">The time of its last use, accurate to a minute.</param>
/// <param name="ExpiresAt">The time at which the session ends if nobody uses it before.</param>
/// <param name="EndsAt">The time at which the session ends in any case.</param>
/// <param name="Current">Whether this request uses the session.</param>
public sealed record SessionResponse(
    [property: DataType("uuid")] string Id,
    [property: JsonConverter(typeof(TimestampConverter))] DateTimeOffset CreatedAt,
    [property: JsonConverter(typeof(TimestampConverter))] DateTimeOffset LastSeenAt,
    [property: JsonConverter(typeof(TimestampConverter))] DateTimeOffset ExpiresAt,
    [property: JsonConverter(typeof(TimestampConverter))] DateTimeOffset EndsAt,
    bool Current)
{
    /// <summary>Makes the response for a session.</summary>
    /// <param name="session">The session.</param>
    /// <param name="currentId">The session of the request.</param>
    public static SessionResponse Of(SessionRecord session, string? currentId) =>
        new(session.Id, session.CreatedAt, session.LastSeenAt, session.ExpiresAt, session.EndsAt, session.Id == currentId);
}
