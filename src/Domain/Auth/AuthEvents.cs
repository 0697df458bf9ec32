using System.ComponentModel.DataAnnotations;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Auth;

/// <summary>The payload of <c>auth.login</c>.</summary>
/// <param name="UserId">The user who signed in; absent if its producer has no user ids.</param>
/// <param name="Username">The user's name.</param>
/// <param name="Method">One of <see cref="CredentialMethods"/>.</param>
/// <param name="SessionId">The new session; absent if there is none.</param>
public sealed record AuthLogin(string? UserId, string Username, string Method, string? SessionId) : IEventPayload
{
    /// <inheritdoc/>
    public static string EventType => EventTypes.AuthLogin;
}

/// <summary>The payload of <c>auth.logout</c>.</summary>
/// <param name="UserId">The user who signed out; absent if its producer has no user ids.</param>
/// <param name="Username">The user's name.</param>
/// <param name="Method">The credential that opened the session, one of <see cref="CredentialMethods"/>.</param>
/// <param name="SessionId">The ended session; absent if there is none.</param>
public sealed record AuthLogout(string? UserId, string Username, string Method, string? SessionId) : IEventPayload
{
    /// <inheritdoc/>
    public static string EventType => EventTypes.AuthLogout;
}

/// <summary>The payload of <c>auth.failed</c>. It never holds the credential.</summary>
/// <param name="UserId">The user whose credential it would have been; absent where that is not known.</param>
/// <param name="Username">The given name; empty if the credential has no trusted name.</param>
/// <param name="Method">One of <see cref="CredentialMethods"/>.</param>
/// <param name="SessionId">The session of the credential; absent if there is no trusted one.</param>
/// <param name="Reason">One of <see cref="RejectionReasons"/>.</param>
public sealed record AuthFailed(
    string? UserId, [property: MinLength(0)] string Username, string Method, string? SessionId, string Reason) : IEventPayload
{
    /// <inheritdoc/>
    public static string EventType => EventTypes.AuthFailed;
}
