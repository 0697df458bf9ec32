using McpFunctions.Domain.Identity;
using McpFunctions.Domain.Users;
using McpFunctions.Functions.Documentation;
using static McpFunctions.Functions.Documentation.SchemaLimits;

namespace McpFunctions.Functions.Users;

/// <summary>The limits that the documents show.</summary>
internal static class UserSchemaLimits
{
    /// <summary>The limits.</summary>
    public static SchemaLimits All { get; } = new SchemaLimits()
        .Optional<CreateUserRequest>(nameof(CreateUserRequest.Role))
        .Add<ChangePasswordRequest>(nameof(ChangePasswordRequest.CurrentPassword), Password(1))
        .Add<ChangePasswordRequest>(nameof(ChangePasswordRequest.NewPassword), Password(PasswordRule.MinLength))
        .Add<SetPasswordRequest>(nameof(SetPasswordRequest.Password), Password(PasswordRule.MinLength))
        .Add<CreateUserRequest>(nameof(CreateUserRequest.Username), Text(1, Username.MaxLength, "^[A-Za-z0-9][A-Za-z0-9._+@-]*$"))
        .Add<CreateUserRequest>(nameof(CreateUserRequest.Password), Password(PasswordRule.MinLength))
        .Add<CreateUserRequest>(nameof(CreateUserRequest.Role), OneOf(Roles.User, Roles.Admin))
        .Add<UserRecord>(nameof(UserRecord.Id), Format("uuid"))
        .Add<UserRecord>(nameof(UserRecord.Username), Text(1, Username.MaxLength))
        .Add<UserRecord>(nameof(UserRecord.Role), OneOf(Roles.User, Roles.Admin));
}
