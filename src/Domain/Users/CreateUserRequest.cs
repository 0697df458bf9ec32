using System.ComponentModel.DataAnnotations;
using McpFunctions.Domain.Credentials;
using McpFunctions.Domain.Identity;

namespace McpFunctions.Domain.Users;

/// <summary>The body of <c>POST users</c>.</summary>
/// <param name="Username">The name.</param>
/// <param name="Password">The password.</param>
/// <param name="Role">The role, one of <see cref="Identity.Roles"/>; <c>user</c> unless set.</param>
public sealed record CreateUserRequest(
    [property: Required(AllowEmptyStrings = true), StringLength(Credentials.Username.MaxLength, MinimumLength = 1, ErrorMessage = Credentials.Username.Rule), RegularExpression(Credentials.Username.Pattern)] string? Username,
    [property: Required(AllowEmptyStrings = true), DataType(DataType.Password), MinLength(PasswordRule.MinLength, ErrorMessage = PasswordRule.TooShort), MaxLength(IPasswords.MaxLength, ErrorMessage = PasswordRule.TooLong)] string? Password,
    [property: AllowedValues(Roles.User, Roles.Admin, ErrorMessage = $"Send '{Roles.User}' or '{Roles.Admin}', or leave it out for '{Roles.User}'.")] string? Role)
{
    /// <inheritdoc/>
    public override string ToString() => $"{nameof(CreateUserRequest)} {{ {nameof(Username)} = {Username}, {nameof(Role)} = {Role} }}";
}
