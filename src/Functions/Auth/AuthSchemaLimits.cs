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
        .Add<LoginResponse>(nameof(LoginResponse.AccessToken), Text(1, pattern: "^[\\w-]+\\.[\\w-]+\\.[\\w-]+$"))
        .Add<LoginResponse>(nameof(LoginResponse.TokenType), OneOf("Bearer"))
        .Add<LoginResponse>(nameof(LoginResponse.ExpiresIn), AtLeast(1))
        .Add<LoginResponse>(nameof(LoginResponse.SessionId), Format("uuid"))
        .Add<UserResponse>(nameof(UserResponse.Id), Format("uuid"))
        .Add<UserResponse>(nameof(UserResponse.Role), OneOf(Roles.User, Roles.Admin))
        .Add<CredentialResponse>(nameof(CredentialResponse.SessionId), Format("uuid"))
        .Add<CredentialResponse>(nameof(CredentialResponse.KeyId), Format("uuid"))
        .Add<CredentialResponse>(nameof(CredentialResponse.Scopes), SomeOf(0, Scopes.All))
        .Add<AuthFailed>(nameof(AuthFailed.Method), KnownMethods())
        .Add<AuthFailed>(nameof(AuthFailed.Reason), Known(
                RejectionReasons.UnknownName, RejectionReasons.WrongPassword, RejectionReasons.InvalidToken, RejectionReasons.ExpiredToken,
                RejectionReasons.EndedSession, RejectionReasons.InvalidKey, RejectionReasons.ExpiredKey));
}
