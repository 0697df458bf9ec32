using System.ComponentModel.DataAnnotations;
using McpFunctions.Domain.Credentials;

namespace McpFunctions.Domain.Users;

/// <summary>The body of <c>POST auth/password</c>.</summary>
/// <param name="CurrentPassword">The current password.</param>
/// <param name="NewPassword">The new password.</param>
public sealed record ChangePasswordRequest(
    [property: Required(AllowEmptyStrings = true), DataType(DataType.Password), StringLength(IPasswords.MaxLength, MinimumLength = 1, ErrorMessage = "Send your password of {2} to {1} characters.")] string? CurrentPassword,
    [property: Required(AllowEmptyStrings = true), DataType(DataType.Password), MinLength(PasswordRule.MinLength, ErrorMessage = PasswordRule.TooShort), MaxLength(IPasswords.MaxLength, ErrorMessage = PasswordRule.TooLong)] string? NewPassword)
{
    /// <inheritdoc/>
    public override string ToString() => nameof(ChangePasswordRequest);
}
