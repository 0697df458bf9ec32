using System.ComponentModel.DataAnnotations;
using McpFunctions.Domain.Credentials;

namespace McpFunctions.Domain.Users;

/// <summary>The body of <c>POST users/{id}/password</c>.</summary>
/// <param name="Password">The new password.</param>
public sealed record SetPasswordRequest(
    [property: Required(AllowEmptyStrings = true), DataType(DataType.Password), MinLength(PasswordRule.MinLength, ErrorMessage = PasswordRule.TooShort), MaxLength(IPasswords.MaxLength, ErrorMessage = PasswordRule.TooLong)] string? Password)
{
    /// <inheritdoc/>
    public override string ToString() => nameof(SetPasswordRequest);
}
