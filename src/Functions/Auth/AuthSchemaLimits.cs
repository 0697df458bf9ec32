using McpFunctions.Domain.Auth;
using McpFunctions.Domain.Identity;
using McpFunctions.Functions.Documentation;
using static McpFunctions.Functions.Documentation.SchemaLimits;

namespace McpFunctions.Functions.Auth;

/// <summary>The limits that the documents show.</summary>
internal static class AuthSchemaLimits
{
    /// <summary>The limits.</summary>
    public static SchemaLimits All { get; } = new SchemaLimits()
        .Add<LoginRequest>(nameof(LoginRequest.Username), Text(1, LoginService.MaxUsernameLength))
        .Add<LoginRequest>(nameof(LoginRequest.Password), Password(1))
        .Add<LoginAnswer>(nameof(LoginAnswer.AccessToken), Text(1, pattern: "^[\\w-]+\\.[\\w-]+\\.[\\w-]+$"))
        .Add<LoginAnswer>(nameof(LoginAnswer.TokenType), OneOf("Bearer"))
        .Add<LoginAnswer>(nameof(LoginAnswer.ExpiresIn), AtLeast(1))
        .Add<LoginAnswer>(nameof(LoginAnswer.SessionId), Format("uuid"))
        .Add<UserAnswer>(nameof(UserAnswer.Id), Format("uuid"))
        .Add<UserAnswer>(nameof(UserAnswer.Role), OneOf(Roles.User, Roles.Admin))
        .Add<CredentialAnswer>(nameof(CredentialAnswer.SessionId), Format("uuid"))
        .Add<CredentialAnswer>(nameof(CredentialAnswer.KeyId), Format("uuid"))
        .Add<CredentialAnswer>(nameof(CredentialAnswer.Scopes), SomeOf(0, Scopes.All))
        .Add<AuthFailed>(nameof(AuthFailed.Method), KnownMethods())
        .Add<AuthFailed>(nameof(AuthFailed.Reason), Known(
                RejectionReasons.UnknownName, RejectionReasons.WrongPassword, RejectionReasons.InvalidToken, RejectionReasons.ExpiredToken,
                RejectionReasons.EndedSession, RejectionReasons.InvalidKey, RejectionReasons.ExpiredKey));
}
