using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using McpFunctions.Domain.Auth;
using McpFunctions.Domain.Events;

namespace McpFunctions.Functions.Auth;

/// <summary>The response of <c>POST auth/login</c> and <c>POST auth/refresh</c>.</summary>
/// <param name="AccessToken">The access token. Send it as <c>Authorization: Bearer …</c>.</param>
/// <param name="TokenType">Always <c>Bearer</c> (RFC 6749, section 7.1).</param>
/// <param name="ExpiresIn">The seconds until the token expires.</param>
/// <param name="SessionId">The session.</param>
/// <param name="ExpiresAt">The time at which the token expires.</param>
/// <param name="User">The user who signed in.</param>
public sealed record LoginResponse(
    [property: MinLength(1), RegularExpression(@"^[\w-]+\.[\w-]+\.[\w-]+$")] string AccessToken,
    [property: AllowedValues("Bearer")] string TokenType,
    [property: Range(1, int.MaxValue)] long ExpiresIn,
    [property: DataType("uuid")] string SessionId,
    [property: JsonConverter(typeof(TimestampConverter))] DateTimeOffset ExpiresAt,
    UserResponse User)
{
    /// <summary>Makes the response to a login.</summary>
    /// <param name="login">The login.</param>
    public static LoginResponse Of(Login login) => new(
        login.Token.Value,
        "Bearer",
        (long)login.Token.Lifetime.TotalSeconds,
        login.Principal.SessionId!,
        login.Token.ExpiresAt,
        new UserResponse(login.Principal.UserId, login.Principal.Username, login.Principal.Role));

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(LoginResponse)} {{ {nameof(SessionId)} = {SessionId} }}";
}
