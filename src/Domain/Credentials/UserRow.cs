namespace McpFunctions.Domain.Credentials;

/// <summary>A user's row of state.</summary>
public sealed record UserRow
{
    /// <summary>Identifies the user.</summary>
    public required string Id { get; init; }

    /// <summary>The name, as written at the user's creation.</summary>
    public required string Username { get; init; }

    /// <summary>One of <see cref="Identity.Roles"/>.</summary>
    public required string Role { get; init; }

    /// <summary>The time of the user's creation.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The hash of the password.</summary>
    public required string PasswordHash { get; init; }

    /// <summary>
    /// Changes with the password. A login with the former password that is under way opens no session then. For the administrator of the settings
    /// it also ends the sessions and API keys that name another version, since nobody else could remove them.
    /// </summary>
    public string? PasswordVersion { get; init; }

    /// <summary>Whether the user was deleted. Its sessions were revoked with it, its API keys no longer count, and <c>UserCleanup</c> removes the rest.</summary>
    public bool IsDeleted { get; init; }

    /// <summary>A version for a new password.</summary>
    /// <returns>One that no other password has.</returns>
    public static string NewPasswordVersion() => Guid.NewGuid().ToString("N");

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(UserRow)} {{ {nameof(Id)} = {Id}, {nameof(Username)} = {Username} }}";
}
