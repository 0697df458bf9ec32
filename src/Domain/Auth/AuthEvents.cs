using System.ComponentModel.DataAnnotations;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Auth;

/// <summary>The payload of <c>auth.login</c>.</summary>
/// <param name="UserId">Who signed in; absent where its producer has no ids of users.</param>
/// <param name="Username">The user's name.</param>
/// <param name="Method">One of <see cref="CredentialMethods"/>.</param>
/// <param name="SessionId">The session that it opened; absent where there is none.</param>
public sealed record AuthLogin(string? UserId, string Username, string Method, string? SessionId) : IEventPayload
{
    /// <inheritdoc/>
    public static string EventType => EventTypes.AuthLogin;
}

/// <summary>The payload of <c>auth.logout</c>.</summary>
/// <param name="UserId">Who signed out; absent where its producer has no ids of users.</param>
/// <param name="Username">The user's name.</param>
/// <param name="Method">How the session had been opened, one of <see cref="CredentialMethods"/>.</param>
/// <param name="SessionId">The session that it ended; absent where there is none.</param>
public sealed record AuthLogout(string? UserId, string Username, string Method, string? SessionId) : IEventPayload
{
    /// <inheritdoc/>
    public static string EventType => EventTypes.AuthLogout;
}

/// <summary>The payload of <c>auth.failed</c>. It never holds the credential.</summary>
/// <param name="UserId">The user whose credential it would have been; absent where that is not known.</param>
/// <param name="Username">The name that was given; empty where the credential gave none that can be trusted.</param>
/// <param name="Method">One of <see cref="CredentialMethods"/>.</param>
/// <param name="SessionId">The session that the credential named; absent where there is none that can be trusted.</param>
/// <param name="Reason">One of <see cref="RejectionReasons"/>.</param>
public sealed record AuthFailed(
    string? UserId, [property: MinLength(0)] string Username, string Method, string? SessionId, string Reason) : IEventPayload
{
    /// <inheritdoc/>
    public static string EventType => EventTypes.AuthFailed;
}
