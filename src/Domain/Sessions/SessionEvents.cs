using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Sessions;

/// <summary>The payload of <c>session.created</c>.</summary>
/// <param name="SessionId">The session.</param>
/// <param name="UserId">The owner.</param>
/// <param name="ExpiresAt">The latest time of its end.</param>
public sealed record SessionCreated(
    string SessionId, string UserId, [property: JsonConverter(typeof(TimestampConverter))] DateTimeOffset ExpiresAt) : IEventPayload
{
    /// <inheritdoc/>
    public static string EventType => EventTypes.SessionCreated;
}

/// <summary>The payload of <c>session.expired</c>.</summary>
/// <param name="SessionId">The session.</param>
/// <param name="UserId">The owner.</param>
/// <param name="ExpiresAt">The time of its end.</param>
/// <param name="Reason">One of <see cref="SessionEnds"/>.</param>
public sealed record SessionExpired(
    string SessionId, string UserId, [property: JsonConverter(typeof(TimestampConverter))] DateTimeOffset ExpiresAt, string Reason) : IEventPayload
{
    /// <inheritdoc/>
    public static string EventType => EventTypes.SessionExpired;
}
