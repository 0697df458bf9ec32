namespace McpFunctions.Domain.Auth;

/// <summary>An access token.</summary>
/// <param name="Value">What a client sends.</param>
/// <param name="Lifetime">How long it is good for.</param>
/// <param name="ExpiresAt">When it ends.</param>
public sealed record AccessToken(string Value, TimeSpan Lifetime, DateTimeOffset ExpiresAt)
{
    /// <inheritdoc/>
    public override string ToString() => $"{nameof(AccessToken)} {{ {nameof(ExpiresAt)} = {ExpiresAt:O} }}";
}
