namespace McpFunctions.Functions.Users;

/// <summary>The body of <c>POST users/{id}/password</c>.</summary>
/// <param name="Password">The new password.</param>
public sealed record SetPasswordRequest(string? Password)
{
    /// <inheritdoc/>
    public override string ToString() => nameof(SetPasswordRequest);
}
