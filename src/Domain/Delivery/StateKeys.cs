namespace McpFunctions.Domain.Delivery;

/// <summary>The partitions of state in storage.</summary>
public static class StateKeys
{
    /// <summary>The partition of what belongs to no user: the health of components.</summary>
    public const string System = "system";

    /// <summary>A user's partition: whoever reads it reads that user's own.</summary>
    /// <param name="userId">The user, in any form: an administrator may name one that no storage key could hold.</param>
    /// <returns>The partition key.</returns>
    public static string User(string userId) => $"user:{KeyPart.Of(userId)}";
}
