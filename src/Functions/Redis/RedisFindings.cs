namespace McpFunctions.Functions.Redis;

/// <summary>The result of a check of Redis.</summary>
/// <param name="Unusable">The reason why the gateway cannot use it, and the remedy; null if it can.</param>
/// <param name="Refused">The refused commands and scripts.</param>
public sealed record RedisFindings(string? Unusable, IReadOnlyList<string> Refused)
{
    /// <summary>The problem, without naming the server or a setting of the gateway; null if there is none.</summary>
    public string? Problem => Unusable
        ?? (Refused.Count == 0 ? null : $"Redis refuses {string.Join(", ", Refused)}. Give the gateway's Redis user access to these commands, and to the keys and channels of the gateway.");
}
