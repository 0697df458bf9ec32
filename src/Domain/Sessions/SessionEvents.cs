using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Identity;

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

    /// <inheritdoc/>
    public static JsonTypeInfo TypeInfo => SessionEventsJsonContext.Wire.SessionCreated;
}

/// <summary>The payload of <c>session.expired</c>.</summary>
/// <param name="SessionId">The session.</param>
/// <param name="UserId">The owner.</param>
/// <param name="ExpiresAt">The time of its end.</param>
/// <param name="Reason">One of <see cref="SessionEnds"/>.</param>
public sealed record SessionExpired(
    string SessionId,
    string UserId,
    [property: JsonConverter(typeof(TimestampConverter))] DateTimeOffset ExpiresAt,
    [property: Examples(SessionEnds.Idle, SessionEnds.Logout, SessionEnds.Revoked)] string Reason) : IEventPayload
{
    /// <inheritdoc/>
    public static string EventType => EventTypes.SessionExpired;

    /// <inheritdoc/>
    public static JsonTypeInfo TypeInfo => SessionEventsJsonContext.Wire.SessionExpired;
}

/// <summary>The payload of <c>auth.login</c>.</summary>
/// <param name="UserId">The user who signed in; absent if its producer has no user ids.</param>
/// <param name="Username">The user's name.</param>
/// <param name="Method">One of <see cref="CredentialMethods"/>.</param>
/// <param name="SessionId">The new session; absent if there is none.</param>
public sealed record AuthLogin(
    string? UserId,
    string Username,
    [property: Examples(CredentialMethods.Password, CredentialMethods.Token, CredentialMethods.ApiKey)] string Method,
    string? SessionId) : IEventPayload
{
    /// <inheritdoc/>
    public static string EventType => EventTypes.AuthLogin;

    /// <inheritdoc/>
    public static JsonTypeInfo TypeInfo => SessionEventsJsonContext.Wire.AuthLogin;
}

/// <summary>The payload of <c>auth.logout</c>.</summary>
/// <param name="UserId">The user who signed out; absent if its producer has no user ids.</param>
/// <param name="Username">The user's name.</param>
/// <param name="Method">The credential that opened the session, one of <see cref="CredentialMethods"/>.</param>
/// <param name="SessionId">The ended session; absent if there is none.</param>
public sealed record AuthLogout(
    string? UserId,
    string Username,
    [property: Examples(CredentialMethods.Password, CredentialMethods.Token, CredentialMethods.ApiKey)] string Method,
    string? SessionId) : IEventPayload
{
    /// <inheritdoc/>
    public static string EventType => EventTypes.AuthLogout;

    /// <inheritdoc/>
    public static JsonTypeInfo TypeInfo => SessionEventsJsonContext.Wire.AuthLogout;
}
