namespace McpFunctions.Functions.Users;

/// <summary>The body of <c>POST auth/password</c>.</summary>
/// <param name="CurrentPassword">The current password.</param>
/// <param name="NewPassword">The new password.</param>
public sealed record ChangePasswordRequest(string? CurrentPassword, string? NewPassword)
{
    /// <inheritdoc/>
    public override string ToString() => nameof(ChangePasswordRequest);
}
