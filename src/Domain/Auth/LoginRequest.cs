using System.ComponentModel.DataAnnotations;
using McpFunctions.Domain.Credentials;

namespace McpFunctions.Domain.Auth;

/// <summary>The body of <c>POST auth/login</c>.</summary>
/// <param name="Username">The name.</param>
/// <param name="Password">The password.</param>
public sealed record LoginRequest(
    [property: Required(AllowEmptyStrings = true), StringLength(LoginService.MaxUsernameLength, MinimumLength = 1, ErrorMessage = "Send a name of {2} to {1} characters.")] string? Username,
    [property: Required(AllowEmptyStrings = true), DataType(DataType.Password), StringLength(IPasswords.MaxLength, MinimumLength = 1, ErrorMessage = "Send a password of {2} to {1} characters.")] string? Password)
{
    /// <inheritdoc/>
    public override string ToString() => $"{nameof(LoginRequest)} {{ {nameof(Username)} = {Username} }}";
}
