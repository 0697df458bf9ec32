namespace McpFunctions.Functions.Users;

/// <summary>The body of <c>POST users</c>.</summary>
/// <param name="Username">The name.</param>
/// <param name="Password">The password.</param>
/// <param name="Role">The role, one of <see cref="Domain.Identity.Roles"/>; <c>user</c> unless set.</param>
public sealed record CreateUserRequest(string? Username, string? Password, string? Role)
{
    /// <inheritdoc/>
    public override string ToString() => $"{nameof(CreateUserRequest)} {{ {nameof(Username)} = {Username}, {nameof(Role)} = {Role} }}";
}
