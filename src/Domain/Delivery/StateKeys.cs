namespace McpFunctions.Domain.Delivery;

/// <summary>The partitions of state in storage.</summary>
public static class StateKeys
{
    /// <summary>The partition of what belongs to no user: the health of components.</summary>
    public const string System = "system";

    /// <summary>A user's partition, which holds only that user's data.</summary>
    /// <param name="userId">The user's id, in any form, even one that a storage key cannot hold.</param>
    public static string User(string userId) => $"user:{KeyPart.Of(userId)}";
}
