namespace McpFunctions.Domain.Credentials;

/// <summary>The keys of users in storage.</summary>
public static class UserKeys
{
    /// <summary>The row key of a user, in the user's own partition.</summary>
    public const string Profile = "profile";

    /// <summary>The prefix of the partitions of names.</summary>
    public const string NamePrefix = "username:";

    /// <summary>The row key of a name's look-up.</summary>
    public const string Lookup = "lookup";

    /// <summary>The partition of the users whom <c>UserCleanup</c> has yet to remove.</summary>
    public const string Deletions = "deletions";

    /// <summary>The prefix of the row keys of deletions.</summary>
    public const string DeletionPrefix = "deletion:";

    /// <summary>The partition of a name's look-up.</summary>
    /// <param name="name">The name in its normal form, whatever a client sent.</param>
    /// <returns>The partition key; for an invalid name, a partition that never exists.</returns>
    public static string Name(string name) => NamePrefix + (Username.IsValid(name) ? name : "-");
}
