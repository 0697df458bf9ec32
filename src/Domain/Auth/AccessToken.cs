namespace McpFunctions.Domain.Auth;

/// <summary>An access token.</summary>
/// <param name="Value">The token.</param>
/// <param name="Lifetime">The time that it is valid.</param>
/// <param name="ExpiresAt">The time at which it expires.</param>
public sealed record AccessToken(string Value, TimeSpan Lifetime, DateTimeOffset ExpiresAt)
{
    /// <inheritdoc/>
    public override string ToString() => $"{nameof(AccessToken)} {{ {nameof(ExpiresAt)} = {ExpiresAt:O} }}";
}
