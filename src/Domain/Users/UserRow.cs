namespace McpFunctions.Domain.Users;

/// <summary>A user's row of state.</summary>
public sealed record UserRow
{
    /// <summary>Identifies the user.</summary>
    public required string Id { get; init; }

    /// <summary>The name, as it was written when the user was made.</summary>
    public required string Username { get; init; }

    /// <summary>One of <see cref="Auth.Roles"/>.</summary>
    public required string Role { get; init; }

    /// <summary>When the user was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The hash of the password.</summary>
    public required string PasswordHash { get; init; }

    /// <summary>Whether the user is being deleted: nobody can sign in any more, but sessions and keys may still have to go.</summary>
    public bool IsDeleted { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(UserRow)} {{ {nameof(Id)} = {Id}, {nameof(Username)} = {Username} }}";
}
