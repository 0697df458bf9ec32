namespace McpFunctions.Functions.Auth;

/// <summary>The body of <c>POST auth/login</c>.</summary>
/// <param name="Username">The name.</param>
/// <param name="Password">The password.</param>
public sealed record LoginRequest(string? Username, string? Password)
{
    /// <inheritdoc/>
    public override string ToString() => $"{nameof(LoginRequest)} {{ {nameof(Username)} = {Username} }}";
}
