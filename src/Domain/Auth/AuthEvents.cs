using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization.Metadata;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Identity;

namespace McpFunctions.Domain.Auth;

/// <summary>The payload of <c>auth.failed</c>. It never holds the credential.</summary>
/// <param name="UserId">The user whose credential it would have been; absent where that is not known.</param>
/// <param name="Username">The given name; empty if the credential has no trusted name.</param>
/// <param name="Method">One of <see cref="CredentialMethods"/>.</param>
/// <param name="SessionId">The session of the credential; absent if there is no trusted one.</param>
/// <param name="Reason">One of <see cref="RejectionReasons"/>.</param>
public sealed record AuthFailed(
    string? UserId,
    [property: MinLength(0)] string Username,
    [property: Examples(CredentialMethods.Password, CredentialMethods.Token, CredentialMethods.ApiKey)] string Method,
    string? SessionId,
    [property: Examples(
        RejectionReasons.UnknownName,
        RejectionReasons.WrongPassword,
        RejectionReasons.InvalidToken,
        RejectionReasons.ExpiredToken,
        RejectionReasons.EndedSession,
        RejectionReasons.InvalidKey,
        RejectionReasons.ExpiredKey)] string Reason) : IEventPayload
{
    /// <inheritdoc/>
    public static string EventType => EventTypes.AuthFailed;

    /// <inheritdoc/>
    public static JsonTypeInfo TypeInfo => AuthEventsJsonContext.Wire.AuthFailed;
}
