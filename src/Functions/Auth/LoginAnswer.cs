using System.Text.Json.Serialization;
using McpFunctions.Domain.Auth;
using McpFunctions.Domain.Events;

namespace McpFunctions.Functions.Auth;

/// <summary>The answer of <c>POST auth/login</c> and <c>POST auth/refresh</c>.</summary>
/// <param name="AccessToken">What to send as <c>Authorization: Bearer …</c>.</param>
/// <param name="TokenType">Always <c>Bearer</c> (RFC 6749, section 7.1).</param>
/// <param name="ExpiresIn">How long the token is good for, in seconds.</param>
/// <param name="SessionId">The session.</param>
/// <param name="ExpiresAt">When the token ends.</param>
/// <param name="User">Who signed in.</param>
public sealed record LoginAnswer(
    string AccessToken,
    string TokenType,
    long ExpiresIn,
    string SessionId,
    [property: JsonConverter(typeof(TimestampConverter))] DateTimeOffset ExpiresAt,
    UserAnswer User)
{
    /// <summary>The answer to a login.</summary>
    /// <param name="login">The login.</param>
    /// <returns>The answer.</returns>
    public static LoginAnswer Of(Login login)
    {
        ArgumentNullException.ThrowIfNull(login);
        return new LoginAnswer(
            login.Token.Value,
            "Bearer",
            (long)login.Token.Lifetime.TotalSeconds,
            login.Principal.SessionId!,
            login.Token.ExpiresAt,
            new UserAnswer(login.Principal.UserId, login.Principal.Username, login.Principal.Role));
    }

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(LoginAnswer)} {{ {nameof(SessionId)} = {SessionId} }}";
}
