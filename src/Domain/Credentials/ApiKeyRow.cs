namespace McpFunctions.Domain.Credentials;

/// <summary>An API key's row of state.</summary>
/// <param name="Key">The key as its owner sees it.</param>
/// <param name="UserId">The owner.</param>
/// <param name="Username">The owner's name.</param>
/// <param name="Role">The owner's role, one of <see cref="Identity.Roles"/>.</param>
/// <param name="SecretHash">The SHA-256 of the key's secret, in lower-case hex.</param>
public sealed record ApiKeyRow(ApiKeyRecord Key, string UserId, string Username, string Role, string SecretHash)
{
    /// <summary>
    /// The <see cref="UserRow.PasswordVersion"/> of the administrator of the settings when it was issued. The key is invalid with
    /// another version. Null for other users, whose keys stay valid after a new password.
    /// </summary>
    public string? PasswordVersion { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(ApiKeyRow)} {{ {nameof(Key)} = {Key.Id}, {nameof(UserId)} = {UserId} }}";
}
